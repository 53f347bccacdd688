/**
 * A caller on node:http2's client, and what one call of it got back, all as it came.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

export interface Http2Answer {
  readonly status: number
  /** Flat list without `:status`. */
  readonly headers: string[]
  readonly body: string
  readonly trailers: string[] | null
  /** Interim answers: status, then their fields. */
  readonly interim: (readonly [status: number, fields: string[]])[]
  /** END_STREAM stood on the head. */
  readonly endedByHead: boolean
  /** RST_STREAM code; 0 where the stream ended well. */
  readonly resetBy: number
}

export async function openCaller(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`, { strictSingleValueFields: false } as object)
  session.on('error', () => undefined)
  onTestFinished(() => session.destroy())
  await once(session, 'remoteSettings')
  return session
}

function fieldsOf(raw: readonly string[]): string[] {
  return raw.filter((_, at) => !(raw[at - (at % 2)] as string).startsWith(':'))
}

/** Collects what a stream gets; resolves when it has closed. */
export function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const answer = { status: 0, headers: [] as string[], body: '', endedByHead: false, trailers: null as string[] | null }
  const interim: (readonly [number, string[]])[] = []
  stream.on('headers', (fields, _flags, raw: string[]) => void interim.push([Number(fields[':status']), fieldsOf(raw)]))
  stream.on('response', (fields, flags, raw: string[]) => {
    answer.status = Number(fields[':status'])
    answer.headers = fieldsOf(raw)
    answer.endedByHead = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
  })
  stream.on('data', (chunk: Buffer) => {
    answer.body += chunk.toString('latin1')
  })
  stream.on('trailers', (_fields, _flags, raw: string[]) => {
    answer.trailers = [...raw]
  })
  stream.on('error', () => undefined)
  return new Promise((resolve) => stream.on('close', () => resolve({ ...answer, interim, resetBy: stream.rstCode ?? 0 })))
}

/** Pseudo fields of a plain call. */
export function pseudo(method: string, path = '/', authority = 'shop.test'): string[] {
  return [':method', method, ':scheme', 'http', ':authority', authority, ':path', path]
}

/** @param body undefined for END_STREAM on the head. */
export function call(session: ClientHttp2Session, fields: string[], body?: string | Buffer): Promise<Http2Answer> {
  const stream = session.request(fields, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return answerOf(stream)
}
