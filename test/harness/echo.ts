/**
 * Answers an exchange with what arrived of it, as JSON; a body that breaks off or breaks the protocol with its problem.
 */
import { problemReply } from '../../proxy/error/problem.ts'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../proxy/http/exchange.ts'
import type { HeaderList } from '../../proxy/http/headers.ts'

export interface Arrived {
  readonly method: string
  readonly protocol: string
  readonly authority: string
  readonly path: string
  readonly headers: HeaderList
  /** latin1; null where there was none. */
  readonly body: string | null
  readonly trailers: HeaderList | null
  readonly upgrade: string | null
}

/** Resolves with the whole exchange, or rejects with the error of its body. */
export function arrived(exchange: Exchange): Promise<Arrived> {
  return new Promise((resolve, reject) => {
    collect(exchange, resolve, reject)
  })
}

function collect(exchange: Exchange, whole: (arrived: Arrived) => void, failed: (error: ProxyError) => void): void {
  const { method, protocol, authority, path, headers, upgrade = null } = exchange
  const facts = { method, protocol, authority, path, headers, upgrade }
  if (exchange.body === null) return whole({ ...facts, body: null, trailers: null })
  let body = ''
  exchange.body.start({
    onBodyData: (chunk) => void (body += chunk.toString('latin1')),
    onBodyEnd: (trailers) => whole({ ...facts, body, trailers }),
    onBodyError: failed,
  })
}

function answer(exchange: Exchange, status: number, headers: HeaderList, body: Buffer): void {
  exchange.reply.start(status, headers)
  if (exchange.method !== 'HEAD') exchange.reply.write(body)
  exchange.reply.end()
}

/** @param told is given what arrived, where it arrived whole. */
export function echo(exchange: Exchange, told: (arrived: Arrived) => void = () => undefined): void {
  collect(
    exchange,
    (whole) => {
      told(whole)
      const body = Buffer.from(JSON.stringify(whole))
      answer(exchange, 200, ['content-type', 'application/json', 'content-length', String(body.length)], body)
    },
    (error) => {
      const { status, headers, body } = problemReply(error)
      answer(exchange, status, headers, body)
    },
  )
}
