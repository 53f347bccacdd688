/**
 * A control plane in the bench's own hand: the real port, authority and tokens, and behind them one config stream that is pushed what the
 * bench says. So what is measured from push to acknowledgement is the sidecar, and nothing of a source, a debounce or a rollout.
 */
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { openAuthority, type OpenAuthority } from '../../control-plane/authority/open-authority.ts'
import { type ConfigPort, openConfigPort } from '../../control-plane/push/config-port.ts'
import type { FromSidecar } from '../../proxy/config/push/messages.ts'
import { changesTo, nothingPushed } from '../../proxy/config/push/changes.ts'
import type { Routing, RoutingChange } from '../../proxy/config/push/routing.ts'
import { editedKinds } from '../../proxy/config/push/routing-objects.ts'
import { RoutingDigest } from '../../proxy/config/push/routing-version.ts'
import { LineReader } from '../../proxy/http/line-reader.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { atOnce } from '../../proxy/runtime/steps.ts'

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const dayMs = 86_400_000
const maxLineBytes = 1024 * 1024

export class ScriptedControlPlane {
  readonly #state: string
  readonly #authority: OpenAuthority
  readonly #streams = Promise.withResolvers<Duplex>()
  #answered: (answer: FromSidecar) => void = () => undefined
  #port: ConfigPort | null = null
  #objects = nothingPushed
  #digest = RoutingDigest.empty
  #pushes = 0

  static async start(folder: string): Promise<ScriptedControlPlane> {
    const state = join(folder, 'scripted-state')
    const common = { clock: systemClock, logger: silent }
    const options = { trustDomain: 'bench.local', state, ttlMs: dayMs, overlapMs: 0, files: null, hosts: [], ...common }
    const authority = await openAuthority(options)
    const controlPlane = new ScriptedControlPlane(state, authority)
    controlPlane.#port = await openConfigPort({
      address: '127.0.0.1:0',
      authority: authority.authority,
      attest: authority.attest,
      onCertificate: authority.certificateEndpoint,
      onStream: (stream) => controlPlane.#accept(stream),
      ...common,
    })
    return controlPlane
  }

  private constructor(state: string, authority: OpenAuthority) {
    this.#state = state
    this.#authority = authority
  }

  /** `controlPlane` of a sidecar's configuration. */
  async access(account: string): Promise<{ readonly url: string; readonly token: string; readonly trustBundle: string }> {
    const { token } = await this.#authority.tokens.create({ namespace: 'bench', account, ttlMs: null })
    return { url: `https://${this.#port?.address ?? ''}`, token, trustBundle: join(this.#state, 'ca.pem') }
  }

  /** Pushes all of it. @returns milliseconds until the sidecar said that it is in force. @throws an Error with the reason for which it is not. */
  snapshot(routing: Routing): Promise<number> {
    this.#digest = atOnce(RoutingDigest.of(routing))
    this.#edit(routing)
    return this.#push({ type: 'snapshot', version: this.#digest.version, routing })
  }

  /** Pushes what is different. As `snapshot`. */
  change(change: RoutingChange): Promise<number> {
    const base = this.#digest.version
    this.#digest = atOnce(this.#digest.after((kind, name) => this.#objects[kind].get(name), change))
    this.#edit(change)
    return this.#push({ type: 'delta', base, version: this.#digest.version, ...change })
  }

  #edit(content: Routing | RoutingChange): void {
    const { set, remove } = atOnce(changesTo(this.#objects, content))
    this.#objects = atOnce(editedKinds(this.#objects, set, remove))
  }

  async close(): Promise<void> {
    await this.#port?.close()
    this.#authority.close()
  }

  async #push(message: object): Promise<number> {
    const stream = await this.#streams.promise
    const nonce = String(++this.#pushes)
    const line = Buffer.from(`${JSON.stringify({ ...message, nonce })}\n`)
    const answer = this.#answerTo(nonce)
    const since = performance.now()
    stream.write(line)
    const said = await answer
    if (said.type !== 'ack') throw new Error(`the sidecar refused: ${JSON.stringify(said)}`)
    return performance.now() - since
  }

  #answerTo(nonce: string): Promise<FromSidecar> {
    return new Promise((resolve) => {
      this.#answered = (answer) => {
        if ('nonce' in answer && answer.nonce === nonce) resolve(answer)
      }
    })
  }

  #accept(stream: Duplex): void {
    const lines = new LineReader(maxLineBytes, (line) => this.#heard(stream, JSON.parse(line) as FromSidecar))
    stream.on('error', () => undefined)
    stream.on('data', (chunk: Buffer) => lines.push(chunk))
  }

  #heard(stream: Duplex, message: FromSidecar): void {
    if (message.type === 'hello') this.#streams.resolve(stream)
    else this.#answered(message)
  }
}
