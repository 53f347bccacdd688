/**
 * What a consistent choice is keyed by: a header, a cookie, or the address of the caller.
 *
 * An absent or empty value is no key: such calls are spread as if nothing had been asked for, and do not all land in one place.
 */
import type { HashKeyConfig } from '../config/schema/upstream.ts'
import { getCombined, type HeaderList, sameName } from '../http/headers.ts'

const semicolon = 59
const space = 32
const tab = 9

/**
 * @param callerAddress address of the caller's socket without the port.
 * @returns the key, undefined where this call has none.
 */
export function hashKeyOf(config: HashKeyConfig, headers: HeaderList, callerAddress: string): string | undefined {
  let key: string | undefined = callerAddress
  if ('header' in config) key = getCombined(headers, config.header.toLowerCase())
  else if ('cookie' in config) key = cookieOf(headers, config.cookie)
  return key === '' ? undefined : key
}

/**
 * The first cookie of that name (case matters, RFC 6265 section 4.2), looked for in every Cookie field:
 * HTTP/2 callers may send one field a cookie (RFC 9113 section 8.2.3).
 */
function cookieOf(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, 'cookie')) continue
    const value = cookieIn(headers[i + 1] as string, name)
    if (value !== undefined) return value
  }
  return undefined
}

function cookieIn(field: string, name: string): string | undefined {
  for (let begin = 0; begin < field.length;) {
    begin = skipSpace(field, begin)
    let end = field.indexOf(';', begin)
    if (end < 0) end = field.length
    const equals = begin + name.length
    if (equals < end && field[equals] === '=' && field.startsWith(name, begin)) return unquoted(field, equals + 1, end)
    begin = end + 1
  }
  return undefined
}

function skipSpace(field: string, from: number): number {
  let at = from
  while (field.charCodeAt(at) === space || field.charCodeAt(at) === tab || field.charCodeAt(at) === semicolon) at++
  return at
}

function unquoted(field: string, from: number, to: number): string {
  const value = field.slice(from, to).trim()
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}
