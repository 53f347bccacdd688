/**
 * How long a call may take: what its caller still grants (x-tandem-timeout-ms, grpc-timeout) and what its route allows,
 * whichever is shorter; and how what is left is told to the next one.
 */
import { formatGrpcTimeout, parseGrpcTimeout } from '../http/grpc.ts'
import { getHeader, type HeaderList, setHeader } from '../http/headers.ts'

/** Milliseconds that remain for the call when it is sent; counted down at each hop. */
export const timeoutHeader = 'x-tandem-timeout-ms'

/** @returns undefined where the caller set no limit that can be understood. */
function grantedMs(headers: HeaderList): number | undefined {
  const grpc = getHeader(headers, 'grpc-timeout')
  const grpcMs = grpc === undefined ? undefined : parseGrpcTimeout(grpc)
  const own = getHeader(headers, timeoutHeader)
  const ownMs = own === undefined ? undefined : wholeNumber(own)
  if (grpcMs === undefined || ownMs === undefined) return grpcMs ?? ownMs
  return Math.min(grpcMs, ownMs)
}

function wholeNumber(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

/** @returns the instant on the caller's terms; Infinity for none. */
export function grantedDeadline(headers: HeaderList, now: number): number {
  const granted = grantedMs(headers)
  return granted === undefined ? Number.POSITIVE_INFINITY : now + granted
}

/** @param limitMs undefined or 0 for none. */
export function sooner(deadline: number, now: number, limitMs: number | undefined): number {
  if (limitMs === undefined || limitMs === 0) return deadline
  return Math.min(deadline, now + limitMs)
}

/** Writes what is left into the headers of the next hop; nothing where there is no limit. */
export function passOn(headers: HeaderList, deadline: number, now: number): void {
  if (deadline === Number.POSITIVE_INFINITY) return
  const leftMs = Math.max(0, Math.ceil(deadline - now))
  setHeader(headers, timeoutHeader, String(leftMs))
  if (getHeader(headers, 'grpc-timeout') !== undefined) setHeader(headers, 'grpc-timeout', formatGrpcTimeout(leftMs))
}
