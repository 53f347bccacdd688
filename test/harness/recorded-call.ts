/**
 * A call to a dispatcher, with everything that its handler was told, in order. It fails at once on anything after the end.
 */
import type { Duplex } from 'node:stream'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Dispatch, DispatchController, DispatchHandler, OutboundCall } from '../../proxy/http/dispatch.ts'
import type { HeaderList } from '../../proxy/http/headers.ts'

export function outboundCall(changes: Partial<OutboundCall> = {}): OutboundCall {
  return {
    method: 'GET',
    authority: 'upstream.test',
    path: '/',
    headers: [],
    body: null,
    upgrade: undefined,
    deadline: Number.POSITIVE_INFINITY,
    callerAddress: '127.0.0.1',
    ...changes,
  }
}

export class RecordedCall implements DispatchHandler {
  /** `start`, a status, `data`, `upgrade`, `end` or `error CODE`. */
  readonly events: string[] = []
  headers: HeaderList = []
  body = ''
  trailers: HeaderList | null = null
  error: ProxyError | null = null
  socket: Duplex | null = null
  /** Resolves at the end, whether good or bad, and at an upgrade. */
  readonly ended: Promise<void>
  /** Resolves with the final head of the answer. */
  readonly answered: Promise<void>
  readonly #ended = Promise.withResolvers<void>()
  readonly #answered = Promise.withResolvers<void>()
  readonly #onEnd: (() => void) | undefined
  #controller: DispatchController | null = null
  #over = false

  constructor(onEnd?: () => void) {
    this.ended = this.#ended.promise
    this.answered = this.#answered.promise
    this.#onEnd = onEnd
  }

  get over(): boolean {
    return this.#over
  }

  get controller(): DispatchController {
    if (this.#controller === null) throw new Error('onRequestStart was not called within dispatch')
    return this.#controller
  }

  /** The last event. */
  get last(): string | undefined {
    return this.events.at(-1)
  }

  onRequestStart(controller: DispatchController): void {
    if (this.#controller !== null) throw new Error('onRequestStart was called twice')
    this.#controller = controller
    this.#note('start', controller)
  }

  onRequestUpgrade(controller: DispatchController, _status: number, headers: HeaderList, socket: Duplex): void {
    this.headers = headers
    this.socket = socket
    this.#end('upgrade', controller)
  }

  onResponseStart(controller: DispatchController, status: number, headers: HeaderList): void {
    this.headers = headers
    this.#note(String(status), controller)
    if (status >= 200) this.#answered.resolve()
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.body += chunk.toString('latin1')
    this.#note('data', controller)
  }

  onResponseEnd(controller: DispatchController, trailers: HeaderList | null): void {
    this.trailers = trailers
    this.#end('end', controller)
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    this.error = error
    this.#end(`error ${error.code}`, controller)
  }

  #note(event: string, controller: DispatchController): void {
    if (this.#over) throw new Error(`${event} after ${this.last}`)
    if (controller !== this.#controller) throw new Error(`${event} came with another controller`)
    this.events.push(event)
  }

  #end(event: string, controller: DispatchController): void {
    this.#note(event, controller)
    this.#over = true
    this.#ended.resolve()
    this.#onEnd?.()
  }
}

/** Dispatches a call and records it. */
export function record(dispatch: Dispatch, changes: Partial<OutboundCall> = {}, onEnd?: () => void): RecordedCall {
  const recorded = new RecordedCall(onEnd)
  dispatch(outboundCall(changes), recorded)
  return recorded
}
