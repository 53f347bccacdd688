/**
 * A request body that knows whether it was started, and says when bytes of it move.
 *
 * The deadline listens to the movement; the rule for sending a call again asks whether the body is still whole.
 * It changes nothing on the way and holds nothing back.
 */
import type { ProxyError } from '../error/proxy-error.ts'
import type { BodySink, BodySource } from '../http/body.ts'
import type { OutboundCall } from '../http/dispatch.ts'
import type { HeaderList } from '../http/headers.ts'

export class WatchedBody implements BodySource, BodySink {
  readonly length: number | undefined
  /** Its bytes cannot be had again. */
  started = false
  onMoved: (() => void) | null = null
  readonly #source: BodySource
  #sink: BodySink | null = null

  constructor(source: BodySource) {
    this.#source = source
    this.length = source.length
  }

  start(sink: BodySink): void {
    this.started = true
    this.#sink = sink
    this.#source.start(this)
  }

  pause(): void {
    this.#source.pause()
  }

  resume(): void {
    this.#source.resume()
  }

  /** A connection that never began to read has no say in the body: the call may go to another one. */
  cancel(): void {
    if (this.started) this.#source.cancel()
  }

  onBodyData(chunk: Buffer): void {
    this.onMoved?.()
    this.#sink?.onBodyData(chunk)
  }

  onBodyEnd(trailers: HeaderList | null): void {
    this.#sink?.onBodyEnd(trailers)
  }

  onBodyError(error: ProxyError): void {
    this.#sink?.onBodyError(error)
  }
}

/** @returns the same call with its body watched; the call itself where it has none. */
export function withWatchedBody(call: OutboundCall): OutboundCall {
  if (call.body === null) return call
  return {
    method: call.method,
    authority: call.authority,
    path: call.path,
    headers: call.headers,
    body: new WatchedBody(call.body),
    upgrade: call.upgrade,
    deadline: call.deadline,
    callerAddress: call.callerAddress,
  }
}

/** Whether the call can be sent (again) with its body whole. */
export function bodyIsWhole(call: OutboundCall): boolean {
  if (call.body === null) return true
  return call.body instanceof WatchedBody && !call.body.started
}
