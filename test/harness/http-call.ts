/**
 * A well-behaved caller: one HTTP/1.1 call on a connection of its own, everything about the answer kept as it came.
 */
import { type Agent, request } from 'node:http'

export interface CallOptions {
  readonly method?: string
  readonly path?: string
  /** Flat list, or an object. `Host` is `t.test` where none is given. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Keeps connections; without one each call has its own. */
  readonly agent?: Agent
}

export interface CallAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly trailers: Readonly<Record<string, string | undefined>>
}

export function httpCall(port: number, { method = 'GET', path = '/', headers = {}, body, agent }: CallOptions = {}): Promise<CallAnswer> {
  const options = { host: '127.0.0.1', port, method, path, headers: { host: 't.test', ...headers }, agent: agent ?? false }
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => void chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, rawHeaders, trailers } = response
        resolve({ status: statusCode, headers: response.headers, rawHeaders, body: Buffer.concat(chunks).toString(), trailers })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
