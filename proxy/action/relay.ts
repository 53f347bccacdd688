/**
 * The relay: carries one destination's answer back to the caller as it comes, byte for byte, with back-pressure.
 *
 * Invariant: the attempt and the call are each ended exactly once, whichever of the two sides goes first.
 */
import { ProxyError } from '../error/proxy-error.ts'
import type { Duplex } from 'node:stream'
import type { DispatchController, DispatchHandler, OutboundCall } from '../http/dispatch.ts'
import type { Upgraded } from '../http/exchange.ts'
import type { HeaderList } from '../http/headers.ts'
import type { AttemptObservation } from '../telemetry/telemetry.ts'
import { type Call, unwritable } from './call.ts'
import { joinTunnel } from './tunnel.ts'

export class Relay implements DispatchHandler {
  readonly #call: Call
  readonly #attempt: AttemptObservation
  readonly #outbound: OutboundCall
  readonly #upstream: string
  #status = 0
  #bytesIn = 0

  constructor(call: Call, attempt: AttemptObservation, outbound: OutboundCall, upstream: string) {
    this.#call = call
    this.#attempt = attempt
    this.#outbound = outbound
    this.#upstream = upstream
  }

  onRequestStart(controller: DispatchController): void {
    const { exchange } = this.#call
    exchange.onCallerGone = () => controller.abort(new ProxyError('caller_gone', { upstream: this.#upstream }))
    exchange.reply.onDrain = () => controller.resume()
  }

  onResponseStart(controller: DispatchController, status: number, headers: HeaderList, statusText: string): void {
    if (status < 200) return this.#call.exchange.reply.inform(status, headers)
    this.#status = status
    this.#call.observation.answeredBy(this.#upstream, controller.endpoint)
    this.#call.start(status, headers, statusText)
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.#bytesIn += chunk.length
    if (!this.#call.exchange.reply.write(chunk)) controller.pause()
  }

  onResponseEnd(controller: DispatchController, trailers: HeaderList | null): void {
    this.#call.exchange.reply.end(trailers)
    this.#end(controller, '')
    this.#call.finish(this.#status, '')
  }

  onResponseError(controller: DispatchController, error: ProxyError): void {
    if (this.#status === 0) this.#call.observation.answeredBy(this.#upstream, controller.endpoint)
    this.#end(controller, error.facts.flag, error.detail)
    this.#call.fail(error)
  }

  onRequestUpgrade(controller: DispatchController, status: number, headers: HeaderList, socket: Duplex): void {
    const call = this.#call
    this.#status = status
    call.observation.answeredBy(this.#upstream, controller.endpoint)
    const caller = this.#switchCaller(controller, status, headers)
    if (caller === null) return void socket.destroy()
    call.exchange.onCallerGone = null
    joinTunnel(caller, socket, call.clock, ({ flags, ...passed }) => {
      this.#bytesIn = passed.bytesOut
      this.#end(controller, flags, undefined, passed.bytesIn)
      call.finish(status, flags, passed)
    })
  }

  #switchCaller(controller: DispatchController, status: number, headers: HeaderList): Upgraded | null {
    try {
      return this.#call.exchange.reply.upgrade(status, headers)
    } catch (cause) {
      const error = unwritable(cause)
      this.#end(controller, error.facts.flag, error.detail)
      this.#call.fail(error)
      return null
    }
  }

  #end(controller: DispatchController, flags: string, error?: string, bytesOut = this.#call.exchange.bytesIn): void {
    const { method, authority, path } = this.#outbound
    this.#attempt.end({
      status: this.#status,
      flags,
      endpoint: controller.endpoint,
      peer: controller.peer,
      method,
      host: authority,
      path,
      bytesIn: this.#bytesIn,
      bytesOut,
      error,
    })
  }
}
