/**
 * The app of the demo: it calls localhost and knows of no sidecar. Its traceparent makes the sidecar's spans children of its own.
 */
import { randomBytes } from 'node:crypto'
import { request } from 'undici'

export interface AppCall {
  readonly method: 'GET' | 'POST'
  readonly port: number
  readonly path: string
  readonly host?: string
  readonly body?: unknown
}

export interface AppAnswer {
  readonly traceId: string
  readonly status: number
  readonly completed: string | undefined
  readonly body: string
  readonly ms: number
}

export async function call({ method, port, path, host, body }: AppCall): Promise<AppAnswer> {
  const traceId = randomBytes(16).toString('hex')
  const headers: Record<string, string> = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` }
  if (host !== undefined) headers.host = host
  if (body !== undefined) headers['content-type'] = 'application/json'
  const started = performance.now()
  const response = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.body.text()
  const completed = response.headers['x-tandem-completed']
  return { traceId, status: response.statusCode, completed: completed?.toString(), body: text, ms: performance.now() - started }
}

/** What one would type to make the same call. */
export function asCurl({ method, port, path, host, body }: AppCall): string {
  const words = ['curl', '-s', ...(method === 'GET' ? [] : ['-X', method]), `http://localhost:${port}${path}`]
  if (host !== undefined) words.push('-H', `'Host: ${host}'`)
  if (body !== undefined) words.push('-H', "'Content-Type: application/json'", '-d', `'${JSON.stringify(body)}'`)
  return words.join(' ')
}
