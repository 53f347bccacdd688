/**
 * The words of gRPC over HTTP/2 that a proxy needs: telling such calls apart, their deadline, and answering one itself.
 * Source: gRPC's PROTOCOL-HTTP2.md. Messages are never looked into.
 */
import { flagsHeader } from '../error/problem.ts'
import type { ProxyError } from '../error/proxy-error.ts'
import { getHeader, type HeaderList } from './headers.ts'

const contentType = 'application/grpc'
const space = 32
const percent = 37
const plus = 43
const semicolon = 59
const tilde = 126

/** True for `application/grpc`, alone or with a suffix (`+proto`) or parameters; gRPC-Web is a protocol of its own and is not meant. */
export function isGrpc(headers: HeaderList): boolean {
  const type = getHeader(headers, 'content-type')
  if (type === undefined || !type.startsWith(contentType)) return false
  if (type.length === contentType.length) return true
  const next = type.charCodeAt(contentType.length)
  return next === plus || next === semicolon || next === space
}

/** Milliseconds in one unit of `grpc-timeout`, largest first. */
const units: readonly (readonly [unit: string, ms: number])[] = [
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]

/** The longest number that the protocol allows. */
const maxDigits = 8
const maxAmount = 99_999_999

/** @returns milliseconds, with fractions for units below one; undefined for what is no `grpc-timeout`. */
export function parseGrpcTimeout(value: string): number | undefined {
  const digits = value.length - 1
  if (digits < 1 || digits > maxDigits) return undefined
  let amount = 0
  for (let i = 0; i < digits; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    amount = amount * 10 + digit
  }
  const unit = units.find(([name]) => name === value[digits])
  return unit === undefined ? undefined : amount * unit[1]
}

/** The finest unit that can hold the time, rounded up so that a deadline is never moved forward by its way of writing. */
export function formatGrpcTimeout(ms: number): string {
  if (ms <= 0) return '0n'
  for (let i = units.length - 1; i > 0; i--) {
    const [name, unitMs] = units[i] as readonly [string, number]
    const amount = Math.ceil(ms / unitMs)
    if (amount <= maxAmount) return `${amount}${name}`
  }
  return `${Math.min(maxAmount, Math.ceil(ms / 3_600_000))}H`
}

/** `grpc-message`: UTF-8 with everything but printable ASCII, and the percent sign, percent-encoded. */
export function encodeGrpcMessage(text: string): string {
  const bytes = Buffer.from(text)
  let encoded = ''
  for (const byte of bytes) {
    if (byte >= space && byte <= tilde && byte !== percent) encoded += String.fromCharCode(byte)
    else encoded += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
  }
  return encoded
}

export interface GrpcReply {
  /** Always 200: gRPC says how a call went in `grpc-status`. */
  readonly status: number
  readonly headers: HeaderList
  /** Always empty: the whole answer is in the fields ("trailers-only"). */
  readonly body: Buffer
}

const noBytes = Buffer.alloc(0)

/** The sidecar's own answer to a gRPC caller: one header block that ends the stream. */
export function grpcReply(error: ProxyError): GrpcReply {
  const { grpcStatus, flag } = error.facts
  const headers = ['content-type', contentType, 'grpc-status', String(grpcStatus), 'grpc-message', encodeGrpcMessage(error.detail)]
  if (flag !== '') headers.push(flagsHeader, flag)
  return { status: 200, headers, body: noBytes }
}
