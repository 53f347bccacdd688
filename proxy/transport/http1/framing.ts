/**
 * How long a message is (RFC 9112 section 6), strictly: what two servers could read differently is refused.
 * This is the line against request smuggling.
 */
import { sameName } from '../../http/headers.ts'
import type { FieldBlock } from './field-block.ts'
import { MalformedMessage } from './malformed-message.ts'

/** Bytes of Content-Length, or `none` where the message carries neither field. */
export type Framing = number | 'chunked' | 'none'

/** @returns undefined for anything but plain digits without leading zeros, at most 2^53 - 1. */
export function parseContentLength(value: string): number | undefined {
  if (value.length === 0 || value.length > 16) return undefined
  if (value.length > 1 && value.charCodeAt(0) === 48) return undefined
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    length = length * 10 + digit
  }
  return Number.isSafeInteger(length) ? length : undefined
}

function checkChunked(fields: FieldBlock, isHttp10: boolean): 'chunked' {
  if (fields.contentLengths > 0) throw new MalformedMessage('both Content-Length and Transfer-Encoding')
  if (fields.transferEncodings > 1 || !sameName(fields.transferEncoding, 'chunked')) {
    throw new MalformedMessage('a Transfer-Encoding that is not exactly `chunked`')
  }
  if (isHttp10) throw new MalformedMessage('Transfer-Encoding in HTTP/1.0')
  return 'chunked'
}

export function framingOf(fields: FieldBlock, isHttp10: boolean): Framing {
  if (fields.transferEncodings > 0) return checkChunked(fields, isHttp10)
  if (fields.contentLengths === 0) return 'none'
  const length = fields.contentLengths === 1 ? parseContentLength(fields.contentLength) : undefined
  if (length === undefined) throw new MalformedMessage('a repeated or odd Content-Length')
  return length
}
