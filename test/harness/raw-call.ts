/**
 * A caller without manners: writes bytes and reads what comes until the other side closes.
 */
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Sends the bytes and reads to the end of the connection; add `Connection: close` or send what is refused. */
export function rawCall(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    onTestFinished(() => void socket.destroy())
  })
}

/** A connection that stays, read by `until`. */
export class RawConnection {
  readonly socket: Socket
  #text = ''
  #closed = false
  readonly #looks = new Set<() => void>()

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#look()
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.#closed = true
      this.#look()
    })
    onTestFinished(() => void this.socket.destroy())
  }

  write(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'))
  }

  /** Resolves with everything read so far once it contains `text`, or rejects when the connection closes before. */
  until(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#text.includes(text)) resolve(this.#text)
        else if (this.#closed) reject(new Error(`closed before ${JSON.stringify(text)} came: ${JSON.stringify(this.#text)}`))
        else return
        this.#looks.delete(look)
      }
      this.#looks.add(look)
      look()
    })
  }

  /** Resolves with everything read once the other side has closed. */
  closed(): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#closed) return
        this.#looks.delete(look)
        resolve(this.#text)
      }
      this.#looks.add(look)
      look()
    })
  }

  #look(): void {
    for (const look of this.#looks) look()
  }
}
