/**
 * The answer that wins, on its way to the caller while it comes: bytes as they are, at the caller's pace.
 */
import type { ProxyError } from '../../error/proxy-error.ts'
import type { DispatchController } from '../../http/dispatch.ts'
import { type HeaderList, setHeader } from '../../http/headers.ts'
import type { Call } from '../call.ts'

/** Says whether every destination succeeded. On every answer of a fan-out that was sent. */
export const completedHeader = 'x-tandem-completed'

export interface AnswerHead {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
}

export class AnswerStream {
  readonly #call: Call
  readonly #status: number
  readonly #writes: boolean

  constructor(call: Call, controller: DispatchController, head: AnswerHead, completed: boolean) {
    this.#call = call
    this.#status = head.status
    this.#writes = call.exchange.method !== 'HEAD'
    call.exchange.reply.onDrain = () => controller.resume()
    call.start(head.status, passedHeaders(head.headers, completed), head.statusText)
  }

  data(controller: DispatchController, chunk: Buffer): void {
    if (this.#writes && !this.#call.exchange.reply.write(chunk)) controller.pause()
  }

  end(trailers: HeaderList | null): void {
    this.#call.exchange.reply.end(trailers)
    this.#call.finish(this.#status, '')
  }

  fail(error: ProxyError): void {
    this.#call.fail(error)
  }
}

export function passedHeaders(headers: HeaderList, completed: boolean): HeaderList {
  const passed = headers.slice()
  setHeader(passed, completedHeader, String(completed))
  return passed
}
