/**
 * Asks the sidecar's V8 for a full collection through the inspector, so that what is measured afterwards is held and not garbage:
 * garbage comes and goes by a hundred MiB, and would hide any leak.
 */
import { once } from 'node:events'

export class Inspector {
  readonly #socket: WebSocket
  #calls = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** @param url of the line with which Node announces its debugger. */
  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new Inspector(socket)
  }

  /** Resolves when the collection is over. */
  async collectGarbage(): Promise<void> {
    const id = ++this.#calls
    this.#socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }))
    for (;;) {
      const [{ data }] = (await once(this.#socket, 'message')) as [{ readonly data: string }]
      if ((JSON.parse(data) as { readonly id?: number }).id === id) return
    }
  }
}
