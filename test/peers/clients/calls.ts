/**
 * Node's fetch makes the calls: calls.ts BASE REUSED_BASE PROXIED_URL. A line for each: its name, the status, what came, separated by tabs.
 * PROXIED_URL is reached by HTTP_PROXY of the environment.
 */
import { createHash } from 'node:crypto'

const [base = '', reused = '', proxied = ''] = process.argv.slice(2)
const upload = 'x'.repeat(100_000)

function pieces(): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(upload)
  return ReadableStream.from(Array.from({ length: 10 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000)))
}

async function call(name: string, url: string, init: RequestInit = {}, came?: (response: Response) => Promise<string> | string) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) })
  const body = await response.bytes()
  const text = came === undefined ? new TextDecoder().decode(body) : await came(new Response(body, { headers: response.headers }))
  process.stdout.write(`${name}\t${response.status}\t${text}\n`)
  return response.status
}

async function digest(response: Response): Promise<string> {
  return createHash('sha256')
    .update(await response.bytes())
    .digest('hex')
}

const field = (name: string) => (response: Response) => response.headers.get(name) ?? ''

await call('local', `${base}/local`)
await call('get', `${base}/through/get?a=b`)
await call('post', `${base}/through/post`, { method: 'POST', body: upload })
await call('chunked', `${base}/through/chunked`, { method: 'POST', body: pieces(), duplex: 'half' })
await call('head', `${base}/through/head`, { method: 'HEAD' }, field('content-length'))
await call('not-found', `${base}/nowhere`, {}, field('x-tandem-flags'))
await call('download', `${base}/through/download`, {}, digest)
await call('proxied', proxied)

const statuses: number[] = []
for (let number = 1; number <= 10; number++) {
  const response = await fetch(`${reused}/through/${number}`)
  await response.bytes()
  statuses.push(response.status)
}
process.stdout.write(`reused\t${statuses.join(' ')}\n`)
