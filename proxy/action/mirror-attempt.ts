/**
 * One copy on its way: reads the answer of the mirror and drops it, and says how it went.
 */
import type { Duplex } from 'node:stream'
import { ProxyError } from '../error/proxy-error.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../http/dispatch.ts'
import type { HeaderList } from '../http/headers.ts'
import type { Peer } from '../http/peer.ts'
import type { AttemptObservation } from '../telemetry/telemetry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Background } from './background.ts'
import type { BodyCopy } from './body-tee.ts'

type Outcome = 'sent' | 'failed' | 'overflow' | 'cut'

export class MirrorAttempt implements DispatchHandler {
  readonly #attempt: AttemptObservation
  readonly #body: BodyCopy | null
  readonly #background: Background
  #outbound: OutboundCall | null = null
  #endpoint: string | undefined
  #peer: Peer | undefined
  #status = 0
  #bytes = 0

  constructor(attempt: AttemptObservation, body: BodyCopy | null, background: Background) {
    this.#attempt = attempt
    this.#body = body
    this.#background = background
    background.begin()
  }

  dispatch(upstream: Upstream, outbound: OutboundCall): void {
    this.#outbound = outbound
    upstream.dispatch(outbound, this)
  }

  /** Ends a copy that could not be sent, or that broke off. */
  fail(error: ProxyError): void {
    this.#body?.cancel()
    this.#end(this.#outcomeOf(error), error)
  }

  onRequestStart(): void {}

  onRequestUpgrade(_controller: DispatchController, _status: number, _headers: HeaderList, socket: Duplex): void {
    socket.destroy()
    this.fail(new ProxyError('upstream_protocol', { detail: 'a mirror switched protocols without being asked' }))
  }

  onResponseStart(_controller: DispatchController, status: number): void {
    if (status >= 200) this.#status = status
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
  }

  onResponseEnd(controller: DispatchController): void {
    this.#answeredBy(controller)
    this.#end('sent')
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.#answeredBy(controller)
    this.fail(error)
  }

  #answeredBy({ endpoint, peer }: DispatchController): void {
    this.#endpoint = endpoint
    this.#peer = peer
  }

  #outcomeOf(error: ProxyError): Outcome {
    if (this.#body?.cut === true) return 'cut'
    return error.code === 'overflow' ? 'overflow' : 'failed'
  }

  #end(mirror: Outcome, error?: ProxyError): void {
    this.#attempt.end({
      status: this.#status,
      flags: error?.facts.flag ?? '',
      endpoint: this.#endpoint,
      peer: this.#peer,
      method: this.#outbound?.method ?? '',
      host: this.#outbound?.authority ?? '',
      path: this.#outbound?.path ?? '',
      bytesIn: this.#bytes,
      bytesOut: this.#body?.bytesRead ?? 0,
      mirror,
      error: error?.detail,
    })
    this.#background.end()
  }
}
