/**
 * One `POST /v1/certificate` over a connection of its own.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { type CertificateResponse, certificateResponse } from '../config/push/certificate.ts'
import type { Clock } from '../runtime/clock.ts'

export interface CertificateCall {
  readonly url: string
  readonly socket: TLSSocket
  readonly csr: string
  /** The value of the header field; undefined where the client certificate authorises. */
  readonly authorization: string | undefined
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface CertificateAnswer {
  readonly response: CertificateResponse
  /** What time it is for the control plane, epoch milliseconds, to the second; null where it did not say. */
  readonly controlPlaneTime: number | null
}

/** The control plane answered, and not with a certificate. */
export class CertificateRefused extends Error {
  readonly status: number
  readonly controlPlaneTime: number | null

  constructor(status: number, detail: string, controlPlaneTime: number | null) {
    super(`the control plane refused (${status}): ${detail}`)
    this.status = status
    this.controlPlaneTime = controlPlaneTime
  }
}

interface Reply {
  readonly status: number
  readonly date: number | null
  readonly text: string
}

/** More than any chain and bundle take. */
const maxBytes = 1024 * 1024

/** Closes the connection. @throws CertificateRefused, or an Error with the reason. */
export async function callForCertificate(call: CertificateCall): Promise<CertificateAnswer> {
  const session = connect(call.url, { createConnection: () => call.socket })
  try {
    const { status, date, text } = await replyOf(session, call)
    if (status !== 200) throw new CertificateRefused(status, detailIn(text), date)
    const checked = certificateResponse.safeParse(parsed(text))
    if (!checked.success) throw new Error(`${call.url}: answered with something that is no certificate`)
    return { response: checked.data, controlPlaneTime: date }
  } finally {
    session.destroy()
  }
}

function replyOf(session: ClientHttp2Session, { url, csr, authorization, clock, timeoutMs, signal }: CertificateCall): Promise<Reply> {
  const done = Promise.withResolvers<Reply>()
  const fail = (reason: string) => done.reject(new Error(`${url}: ${reason}`))
  const timer = clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs / 1000} s`))
  const aborted = () => fail('given up')
  signal.addEventListener('abort', aborted)
  session.on('error', (error) => fail(error.message))
  session.on('close', () => fail('the connection was closed'))
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/certificate',
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  })
  stream.on('error', (error: Error) => fail(error.message))
  collect(stream, done.resolve, fail)
  stream.end(JSON.stringify({ csr }))
  return done.promise.finally(() => {
    timer.cancel()
    signal.removeEventListener('abort', aborted)
  })
}

function collect(stream: ClientHttp2Stream, whole: (reply: Reply) => void, fail: (reason: string) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  let head = { status: 0, date: null as number | null }
  stream.on('response', ({ ':status': status, date }) => void (head = { status: Number(status), date: timeIn(date) }))
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) fail(`the answer is larger than ${maxBytes} bytes`)
    else chunks.push(chunk)
  })
  stream.on('end', () => whole({ ...head, text: Buffer.concat(chunks).toString() }))
}

function timeIn(date: unknown): number | null {
  const time = Date.parse(String(date))
  return Number.isNaN(time) ? null : time
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Of a problem (RFC 9457), else the beginning of whatever it is. */
function detailIn(text: string): string {
  const problem = parsed(text)
  if (typeof problem === 'object' && problem !== null && 'detail' in problem) return String(problem.detail)
  return text.slice(0, 200)
}
