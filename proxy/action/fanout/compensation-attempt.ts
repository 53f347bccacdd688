/**
 * One attempt to undo something: reads and drops the answer, and says how it went.
 */
import type { Duplex } from 'node:stream'
import { ProxyError } from '../../error/proxy-error.ts'
import type { DispatchController, DispatchHandler, OutboundCall } from '../../http/dispatch.ts'
import type { AttemptObservation } from '../../telemetry/telemetry.ts'

export type CompensationOutcome = { readonly kind: 'done' } | { readonly kind: 'retry' | 'refused'; readonly reason: string }

export class CompensationAttempt implements DispatchHandler {
  readonly #attempt: AttemptObservation
  readonly #outbound: OutboundCall
  readonly #ended: (outcome: CompensationOutcome) => void
  #status = 0
  #bytes = 0

  constructor(attempt: AttemptObservation, outbound: OutboundCall, ended: (outcome: CompensationOutcome) => void) {
    this.#attempt = attempt
    this.#outbound = outbound
    this.#ended = ended
  }

  onRequestStart(): void {}

  onRequestUpgrade(controller: DispatchController, _status: number, _headers: string[], socket: Duplex): void {
    socket.destroy()
    this.onResponseError(controller, new ProxyError('upstream_protocol', { detail: 'switched protocols without being asked' }))
  }

  onResponseStart(_controller: DispatchController, status: number): void {
    if (status >= 200) this.#status = status
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
  }

  onResponseEnd(controller: DispatchController): void {
    this.#endAttempt(controller, null)
    this.#ended(outcomeOf(this.#status))
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.#endAttempt(controller, error)
    this.#ended({ kind: 'retry', reason: error.detail })
  }

  #endAttempt(controller: DispatchController, error: ProxyError | null): void {
    const { method, authority, path, body } = this.#outbound
    this.#attempt.end({
      status: this.#status,
      flags: error?.facts.flag ?? '',
      endpoint: controller.endpoint,
      peer: controller.peer,
      method,
      host: authority,
      path,
      bytesIn: this.#bytes,
      bytesOut: body?.length ?? 0,
      ...(error === null ? {} : { error: error.detail }),
    })
  }
}

/** What a client error says will not change by saying it again; the three that mean "later" are the exception. */
function outcomeOf(status: number): CompensationOutcome {
  if (status < 400) return { kind: 'done' }
  const later = status >= 500 || status === 408 || status === 425 || status === 429
  return { kind: later ? 'retry' : 'refused', reason: `answered ${status}` }
}
