/**
 * A caller with several kept-alive connections that takes them in turn, so that every worker thread of a sidecar gets its part.
 */
import { Agent } from 'node:http'
import { onTestFinished } from 'vitest'
import { type CallAnswer, type CallOptions, httpCall } from './http-call.ts'

export class KeptConnections {
  readonly #port: number
  readonly #agents: readonly Agent[]
  #turn = 0

  /** Opens each with its first call. Closed when the test ends. */
  constructor(port: number, count: number) {
    this.#port = port
    this.#agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    onTestFinished(() => this.close())
  }

  /** On the next connection. */
  call(options: CallOptions = {}): Promise<CallAnswer> {
    const agent = this.#agents[this.#turn++ % this.#agents.length] as Agent
    return httpCall(this.#port, { ...options, agent })
  }

  /** One on each connection, all at once. */
  callAll(options: CallOptions = {}): Promise<CallAnswer[]> {
    return Promise.all(this.#agents.map((agent) => httpCall(this.#port, { ...options, agent })))
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy()
  }
}
