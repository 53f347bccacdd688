/**
 * What Node's own HTTP client makes of the same bytes as an answer.
 */
import { type IncomingMessage, request } from 'node:http'
import { duplexPair } from 'node:stream'

export interface NodeResponse {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly rawTrailers: readonly string[]
  readonly body: string
  /** It ended as its framing says. */
  readonly complete: boolean
}

export interface NodeResponseReading {
  /** null where there was none. */
  readonly response: NodeResponse | null
  /** Code of the parser's error. */
  readonly error: string | null
}

function collect(message: IncomingMessage, done: (response: NodeResponse) => void): void {
  let body = ''
  message.on('error', () => undefined)
  message.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
  message.on('close', () => {
    const { statusCode: status = 0, rawHeaders, rawTrailers, complete } = message
    done({ status, rawHeaders, rawTrailers, body, complete })
  })
}

/** The upstream says the bytes and closes. */
export function readAsNode(bytes: Buffer, method: string): Promise<NodeResponseReading> {
  return new Promise((resolve) => {
    const [near, far] = duplexPair()
    let error: string | null = null
    let response: NodeResponse | null = null
    let hasBegun = false
    const done = (): void => {
      near.destroy()
      far.destroy()
      resolve({ response, error })
    }
    far.on('error', () => undefined).resume()
    const sent = request({ createConnection: () => near, method, host: 'a.test' }, (message) => {
      hasBegun = true
      collect(message, (whole) => {
        response = whole
        setImmediate(done)
      })
    })
    sent.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message))
    sent.on('close', () => {
      if (!hasBegun) done()
    })
    sent.on('upgrade', done)
    sent.end()
    far.end(bytes)
  })
}
