/**
 * The push as sidecars meet it: a real TLS port, the real snapshot store behind it, and callers on node:http2.
 *
 * Tokens are `namespace/account` or `namespace/account/workload`, each with `#id` where it has to be told from others; any other is refused. Everything is closed when the test ends.
 */
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Attest } from '../../../control-plane/authority/attestation.ts'
import type { AuthorityView } from '../../../control-plane/authority/authority.ts'
import type { CertificateEndpoint } from '../../../control-plane/authority/certificate-endpoint.ts'
import { FleetRegistry } from '../../../control-plane/fleet/registry.ts'
import { type ConfigPort, openConfigPort } from '../../../control-plane/push/config-port.ts'
import type { OnStream } from '../../../control-plane/push/port-endpoints.ts'
import { PushServer } from '../../../control-plane/push/push-server.ts'
import { SnapshotStore } from '../../../control-plane/snapshot/snapshot-store.ts'
import type { Resource, Selector } from '../../../control-plane/source/source.ts'
import type { FromControlPlane, FromSidecar, NodeFacts } from '../../../proxy/config/push/messages.ts'
import type { JsonObject } from '../../../proxy/config/push/routing.ts'
import type { Clock } from '../../../proxy/runtime/clock.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { certificateFiles, readCertificate } from '../../harness/certificates.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

export const ca = readCertificate(certificateFiles.ca)
const { cert, key } = certificateFiles.server
const serverContext = createSecureContext({ cert: readCertificate(cert), key: readCertificate(key), ca, minVersion: 'TLSv1.3' })

/** A chain of any client certificate counts as `shop/certified`. */
export const attest: Attest = ({ authorization, chain }) => {
  if (authorization === undefined && chain.length > 0) return { namespace: 'shop', account: 'certified', by: 'certificate' }
  const [, namespace, account, workload, tokenId] = /^Bearer (\w+)\/(\w+)(?:\/(\w+))?(?:#(\w+))?$/.exec(authorization ?? '') ?? []
  if (namespace === undefined || account === undefined) return { refused: 'no such token' }
  return { namespace, account, by: 'token', ...(workload === undefined ? {} : { workload }), ...(tokenId === undefined ? {} : { tokenId }) }
}

export interface PortOptions {
  readonly clock?: Clock
  readonly onStream?: OnStream
  readonly onCertificate?: CertificateEndpoint
  readonly said?: string[]
}

export async function startPort({ clock = systemClock, onStream, onCertificate, said = [] }: PortOptions): Promise<ConfigPort> {
  const port = await openConfigPort({
    address: '127.0.0.1:0',
    authority: { serverContext: () => serverContext },
    attest,
    onStream: onStream ?? ((stream) => void stream.on('error', () => undefined).resume()),
    onCertificate: onCertificate ?? (() => Promise.reject(new Error('not asked for in this test'))),
    clock,
    logger: loggerInto(said),
  })
  onTestFinished(() => port.close())
  return port
}

export function loggerInto(said: string[]) {
  return createLogger(
    (line) => void said.push(line),
    () => 0,
  )
}

/** The bundle that the authority has, for tests to change. */
export class FakeBundle implements Pick<AuthorityView, 'trustBundle' | 'onBundleChange'> {
  #pem = 'first bundle'
  readonly #listeners = new Set<(pem: string) => void>()

  trustBundle(): string {
    return this.#pem
  }

  onBundleChange(changed: (pem: string) => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  change(pem: string): void {
    this.#pem = pem
    for (const changed of this.#listeners) changed(pem)
  }
}

export interface PushSite {
  readonly push: PushServer
  readonly fleet: FleetRegistry
  readonly bundle: FakeBundle
  readonly clock: ManualClock
  readonly port: ConfigPort
  readonly said: readonly string[]
  /** What the source says from now on; after 100 ms of `clock` sidecars hear of it. */
  publish(resources: readonly Resource[]): void
  /** `publish`, and 100 ms later. */
  change(resources: readonly Resource[]): void
  connect(token?: string): Promise<Caller>
  /** A stream that has said hello. */
  join(node?: Partial<NodeFacts>, version?: string | null, token?: string): Promise<Caller>
}

export async function startPush(rollout: 'all' | 'canary' = 'all'): Promise<PushSite> {
  const clock = new ManualClock()
  const said: string[] = []
  const logger = loggerInto(said)
  const store = new SnapshotStore(logger)
  const fleet = new FleetRegistry(clock)
  const bundle = new FakeBundle()
  const push = new PushServer({ debounceMs: 100, rollout }, { store, fleet, authority: bundle, clock, logger })
  // The port has a clock of its own, as callers cannot be told to hurry up.
  const port = await startPort({ onStream: (stream, attested) => push.accept(stream, attested), said })
  const publish = (resources: readonly Resource[]) => {
    if (store.publish({ resources, errors: [] }).length > 0) push.changed()
  }
  const open = (token = 'shop/checkout') => connectCaller(port.address, { authorization: `Bearer ${token}` })
  return {
    push,
    fleet,
    bundle,
    clock,
    port,
    said,
    publish,
    change(resources) {
      publish(resources)
      clock.advance(100)
    },
    connect: open,
    async join(node = {}, version = null, token = 'shop/checkout') {
      const caller = await open(token)
      caller.hello(node, version)
      await caller.next('trustBundle')
      return caller
    },
  }
}

type Of<Type extends FromControlPlane['type']> = Extract<FromControlPlane, { type: Type }>

/** One stream of a sidecar that does only what the test says. */
export class Caller {
  readonly session: ClientHttp2Session
  readonly stream: ClientHttp2Stream
  readonly status: Promise<number>
  readonly closed: Promise<void>
  /** What came and was not asked for by `next` yet. */
  readonly received: FromControlPlane[] = []
  readonly #waiting: (() => void)[] = []
  #text = ''

  constructor(session: ClientHttp2Session, stream: ClientHttp2Stream) {
    this.session = session
    this.stream = stream
    stream.setEncoding('utf8')
    this.status = new Promise((resolve) => stream.once('response', (headers) => resolve(Number(headers[':status']))))
    this.closed = new Promise((resolve) => stream.once('close', resolve))
    stream.on('error', () => undefined)
    stream.on('data', (text: string) => this.#take(text))
  }

  send(message: FromSidecar): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  write(bytes: string | Buffer): void {
    this.stream.write(bytes)
  }

  hello(node: Partial<NodeFacts> = {}, version: string | null = null): void {
    const facts = { id: 'checkout-1', workload: 'checkout', namespace: 'claimed', labels: {}, ...node }
    this.send({ type: 'hello', node: facts, version, status: {} })
  }

  ack({ version, nonce }: { version: string; nonce: string }): void {
    this.send({ type: 'ack', version, nonce })
  }

  nack({ version, nonce }: { version: string; nonce: string }, reason: string): void {
    this.send({ type: 'nack', version, nonce, reason })
  }

  /** The next message, which has to be of this type. */
  async next<Type extends FromControlPlane['type']>(type: Type): Promise<Of<Type>> {
    while (this.received.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const message = this.received.shift() as FromControlPlane
    if (message.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(message).slice(0, 200)}`)
    return message as Of<Type>
  }

  /** Gets a snapshot or delta and acknowledges it. */
  async take<Type extends 'snapshot' | 'delta'>(type: Type): Promise<Of<Type>> {
    const message = await this.next(type)
    this.ack(message)
    return message
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) this.received.push(JSON.parse(line) as FromControlPlane)
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

export function connectSession(address: string, tls: object = {}): ClientHttp2Session {
  const session = connect(`https://${address}`, { ca, ...tls })
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  return session
}

export async function connectCaller(address: string, headers: OutgoingHttpHeaders, tls: object = {}): Promise<Caller> {
  const session = connectSession(address, tls)
  const caller = new Caller(session, session.request({ ':method': 'POST', ':path': '/v1/config', ...headers }, { endStream: false }))
  await Promise.race([caller.status, caller.closed])
  return caller
}

export async function connectRaw(address: string): Promise<TLSSocket> {
  const [host, port] = address.split(':')
  const socket = connectTls({ host: host ?? '', port: Number(port), ca, ALPNProtocols: ['h2'] })
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  return socket
}

/** An upstream, which stands for any object. */
export function upstream(name: string, port = 8080, ...selectors: Selector[]): Resource {
  const body: JsonObject = { endpoints: [`10.0.0.1:${port}`] }
  return { kind: 'upstreams', name, body, selectors, origin: { file: 'test.yaml', line: 1, column: 1 } }
}

/** Resolves when `ready` says so; it is asked again after each turn of the event loop. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setImmediate(resolve))
}
