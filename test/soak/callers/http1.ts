/**
 * Well-behaved HTTP/1.1 callers: kept-alive or one connection a call, small calls, uploads, downloads.
 */
import { Agent, request, type RequestOptions } from 'node:http'
import { type Caller, type Callers, errorOutcome, outcomeOf, patienceMs } from './caller.ts'

interface Call extends Omit<RequestOptions, 'headers'> {
  readonly path: string
  readonly body?: string | readonly Buffer[]
  readonly headers?: Readonly<Record<string, string>>
}

const order = JSON.stringify({ orderId: 7, items: [{ price: 3 }, { price: 4 }] })
const json = { 'content-type': 'application/json' }
const pieces = Array.from({ length: 16 }, () => Buffer.alloc(16 * 1024, 'u'))

/** Routes of small calls; fan-outs and mirrors among them. */
const small: readonly Call[] = [
  { path: '/catalog/1' },
  { path: '/split/1', headers: { 'x-user': 'someone' } },
  { path: '/mirrored/1' },
  { path: '/mirrored/2', method: 'POST', body: order },
  { path: '/orders', method: 'POST', headers: json, body: order },
  { path: '/first' },
  { path: '/merged' },
  { path: '/shaped' },
  { path: '/rewritten', method: 'POST', headers: json, body: '{"items":{"price":21}}' },
  { path: '/hello', headers: { host: 'any.t.test' } },
  { path: '/moved' },
]

const odd: readonly Call[] = [
  { path: '/nowhere' },
  { path: '/rewritten', method: 'POST', headers: json, body: 'no JSON' },
  { path: '/catalog/%00' },
  { path: '/catalog/1', headers: { 'x-tandem-timeout-ms': '1' } },
]

export function http1Callers(callers: Callers) {
  const agent = new Agent({ keepAlive: true, maxSockets: 50, timeout: 2_000 })
  const { random } = callers
  const calling =
    (kind: string, call: () => Call): Caller =>
    () =>
      send(callers, kind, call())
  return {
    agent,
    keepAlive: calling('keep-alive', () => ({ ...random.pick(small), agent })),
    close: calling('close', () => ({ ...random.pick(small), agent: false })),
    odd: calling('odd', () => ({ ...random.pick(odd), agent })),
    upload: calling('upload', () => ({ path: random.pick(['/catalog/up', '/mirrored/up']), method: 'POST', body: pieces, agent })),
    download: calling('download', () => ({
      path: random.pick(['/catalog/bytes/262144', '/first/bytes/100', '/mirrored/bytes/100000']),
      agent,
    })),
  }
}

function send({ port, tally }: Callers, kind: string, { body, headers, ...call }: Call): Promise<void> {
  return new Promise((resolve) => {
    const over = (outcome: string) => {
      clearTimeout(patience)
      if (!isOver) tally.count(kind, outcome)
      isOver = true
      resolve()
    }
    let isOver = false
    const sent = request({ host: '127.0.0.1', port, headers: { host: 't.test', ...headers }, ...call }, (response) => {
      response.on('error', (error) => over(errorOutcome(error))).resume()
      response.on('end', () => over(outcomeOf(response.statusCode, response.headers['x-tandem-flags'])))
    })
    const patience = setTimeout(() => {
      over(`stuck ${call.path}`)
      sent.destroy()
    }, patienceMs)
    sent.on('error', (error) => over(errorOutcome(error)))
    if (Array.isArray(body)) for (const piece of body as readonly Buffer[]) sent.write(piece)
    sent.end(typeof body === 'string' ? body : undefined)
  })
}
