/**
 * A response's head (RFC 9112 section 4), parsed from one latin1 string that ends in an empty line, as strictly as a request's.
 */
import type { HeaderList } from '../../http/headers.ts'
import { carriageReturn, lineFeed, skip, space, valueCharacters } from './characters.ts'
import { connectionOptions, persists } from './connection-options.ts'
import { parseFields } from './field-block.ts'
import { type Framing, framingOf } from './framing.ts'
import { MalformedMessage } from './malformed-message.ts'

export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
  readonly framing: Framing
  /** The upstream is willing to go on using the connection. */
  readonly keepAlive: boolean
  /** Value of `Upgrade` where `Connection` names it. */
  readonly upgrade: string | undefined
}

const versionLength = 'HTTP/1.1 '.length

function isHttp10At(text: string): boolean {
  if (text.startsWith('HTTP/1.1 ')) return false
  if (text.startsWith('HTTP/1.0 ')) return true
  throw new MalformedMessage('a status line that does not begin with `HTTP/1.1 `')
}

function statusAt(text: string, from: number): number {
  let status = 0
  for (let i = from; i < from + 3; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) throw new MalformedMessage('a status that is not three digits')
    status = status * 10 + digit
  }
  if (status < 100) throw new MalformedMessage('a status below 100')
  return status
}

/** The blank before an empty reason phrase is left out by many servers; that is let pass. */
function endOfReason(text: string, from: number): number {
  const end = text.charCodeAt(from) === space ? skip(valueCharacters, text, from) : from
  if (text.charCodeAt(end) !== carriageReturn || text.charCodeAt(end + 1) !== lineFeed) {
    throw new MalformedMessage('a control byte in the status line')
  }
  return end
}

/** @param text ends in CR LF CR LF, and has that nowhere else. */
export function parseResponseHead(text: string, maxFields: number): ResponseHead {
  const isHttp10 = isHttp10At(text)
  const status = statusAt(text, versionLength)
  const reasonStart = versionLength + 3
  const reasonEnd = endOfReason(text, reasonStart)
  const fields = parseFields(text, reasonEnd + 2, maxFields)
  const framing = framingOf(fields, isHttp10)
  const options = connectionOptions(fields)
  const keepAlive = persists(options, isHttp10)
  // Whoever takes it by its word reads nothing after it, others find the final answer there.
  if (status < 200 && !keepAlive) throw new MalformedMessage('an interim answer that closes the connection')
  return {
    status,
    statusText: text.slice(reasonStart + 1, reasonEnd),
    headers: fields.headers,
    framing,
    keepAlive,
    upgrade: options.upgrades ? fields.upgrade : undefined,
  }
}
