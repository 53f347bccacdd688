/**
 * A config stream against a control plane that does what the test says, over real TLS. Everything is closed when the test ends.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import type { Duplex } from 'node:stream'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ConfigPort } from '../../../control-plane/push/config-port.ts'
import type { FromControlPlane, FromSidecar, NodeFacts } from '../../../proxy/config/push/messages.ts'
import { emptyRouting, type JsonObject, type Routing } from '../../../proxy/config/push/routing.ts'
import { routingVersion } from '../../../proxy/config/push/routing-version.ts'
import { ConfigStream } from '../../../proxy/discovery/config-stream.ts'
import { LastGood } from '../../../proxy/discovery/last-good.ts'
import type { ApplyOutcome } from '../../../proxy/discovery/pushed-routing.ts'
import { openControlPlaneConnection } from '../../../proxy/identity/control-plane-connection.ts'
import { Trust } from '../../../proxy/identity/trust.ts'
import { loggerInto, startPort } from '../../control-plane/push/site.ts'
import { certificateFiles } from '../../harness/certificates.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { changed } from '../../harness/pushed-routing.ts'

export const node: NodeFacts = { id: 'checkout-1', workload: 'checkout', namespace: 'shop', labels: {} }

/** One stream, as the control plane sees it. */
export class Accepted {
  readonly duplex: Duplex
  readonly closed: Promise<void>
  readonly #received: FromSidecar[] = []
  #resume: () => void = () => undefined
  #text = ''

  constructor(duplex: Duplex) {
    this.duplex = duplex
    this.closed = new Promise((resolve) => duplex.once('close', resolve))
    duplex.setEncoding('utf8')
    duplex.on('error', () => undefined)
    duplex.on('data', (text: string) => this.#take(text))
  }

  write(bytes: string | Buffer): void {
    this.duplex.write(bytes)
  }

  say(message: FromControlPlane): void {
    this.write(`${JSON.stringify(message)}\n`)
  }

  snapshot(whole: Routing, nonce = '1'): string {
    const version = routingVersion(whole)
    this.say({ type: 'snapshot', version, nonce, routing: structuredClone(whole) as Record<keyof Routing, Record<string, JsonObject>> })
    return version
  }

  /** The next message, which has to be of this type. */
  async next<Type extends FromSidecar['type']>(type: Type): Promise<Extract<FromSidecar, { type: Type }>> {
    while (this.#received.length === 0) await new Promise<void>((resolve) => (this.#resume = resolve))
    const message = this.#received.shift() as FromSidecar
    if (message.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(message).slice(0, 200)}`)
    return message as Extract<FromSidecar, { type: Type }>
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop() ?? ''
    this.#received.push(...lines.map((line) => JSON.parse(line) as FromSidecar))
    this.#resume()
  }
}

/** A control plane on one port, which may go away and come back. */
export class ControlPlaneSite {
  readonly #waiting: Accepted[] = []
  #resume: () => void = () => undefined
  #port: ConfigPort | null = null
  #address = ''

  async start(): Promise<void> {
    this.#port = await startPort({ onStream: (stream) => this.#accept(stream) })
    this.#address = this.#port.address
  }

  get url(): string {
    return `https://${this.#address}`
  }

  close(): Promise<void> | undefined {
    return this.#port?.close()
  }

  /** The next stream, after its hello. */
  async accepted() {
    while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#resume = resolve))
    const stream = this.#waiting.shift() as Accepted
    return { stream, hello: await stream.next('hello') }
  }

  #accept(duplex: Duplex): void {
    this.#waiting.push(new Accepted(duplex))
    this.#resume()
  }
}

export interface SidecarOptions {
  readonly clock?: ManualClock
  readonly lastGood?: string
  readonly token?: string
  readonly apply?: (routing: Routing) => Promise<ApplyOutcome>
}

export interface SidecarSite {
  readonly stream: ConfigStream
  readonly clock: ManualClock
  readonly applied: readonly Routing[]
  readonly bundles: readonly string[]
  readonly said: readonly string[]
  /** What the identity was told of by 401. */
  readonly refusals: readonly string[]
  readonly lastGood: LastGood
}

export async function lastGoodPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-last-good-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'state', 'last-good.json')
}

/** Not started. Its backoff takes the whole of each delay. */
export async function prepareSidecar(url: () => string, options: SidecarOptions = {}): Promise<SidecarSite> {
  const { clock = new ManualClock(Date.now()), token = 'shop/checkout', apply = () => Promise.resolve({ ok: true }) } = options
  const lastGood = new LastGood(options.lastGood ?? (await lastGoodPath()), node)
  const [applied, bundles, said, refusals] = [[] as Routing[], [] as string[], [] as string[], [] as string[]]
  const trust = new Trust(certificateFiles.ca)
  const identity = {
    tryNow: () => undefined,
    certificateRefused: () => void refusals.push('certificate'),
    useBundle: (pem: string) => void bundles.push(pem),
    async connectControlPlane(signal = new AbortController().signal) {
      const socket = await openControlPlaneConnection({ url: url(), trust, certificate: null, clock, timeoutMs: 10_000, signal })
      return { socket, authorization: `Bearer ${token}` }
    },
  }
  const stream = new ConfigStream(node, {
    url: 'https://127.0.0.1',
    identity,
    lastGood,
    clock,
    random: { float: () => 1, hex: () => '01' },
    logger: loggerInto(said),
    status: () => ({ problem: 'as told' }),
    async apply(content) {
      const whole = 'set' in content ? changed(applied.at(-1) ?? emptyRouting, content) : content
      const outcome = await apply(whole)
      if (outcome.ok) applied.push(whole)
      return outcome
    },
  })
  onTestFinished(() => stream.close())
  return { stream, clock, applied, bundles, said, refusals, lastGood }
}

/** A routing of so many upstreams. */
export function routing(ports: Readonly<Record<string, number>>): Routing {
  const upstreams = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, { endpoints: [`10.0.0.1:${port}`] }]))
  return { listeners: {}, upstreams, routes: {} }
}
