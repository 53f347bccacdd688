/**
 * Reads one parameter of a query without taking the whole apart: names and values as a form encodes them
 * (WHATWG URL, application/x-www-form-urlencoded), the first of a name counts, broken encodings stay as they are.
 * Everything is bytes, one a character, before and after.
 */
import { hexByte } from '../http/path/hex-byte.ts'

const percent = 0x25

/**
 * @param query without the `?`.
 * @param name decoded.
 * @returns the decoded value; empty for a name without `=`; undefined where the name is not there.
 */
export function queryValue(query: string, name: string): string | undefined {
  for (let begin = 0; begin < query.length;) {
    const end = placeOf('&', query, begin, query.length)
    const nameEnd = placeOf('=', query, begin, end)
    if (end > begin && isNamed(query, begin, nameEnd, name)) return decoded(query.slice(Math.min(nameEnd + 1, end), end))
    begin = end + 1
  }
  return undefined
}

/** `end` where the character does not come before it. */
function placeOf(character: string, text: string, begin: number, end: number): number {
  for (let at = begin; at < end; at++) if (text[at] === character) return at
  return end
}

/** Most names are written plainly, and then nothing is allocated. */
function isNamed(query: string, begin: number, end: number, name: string): boolean {
  if (end - begin < name.length) return false
  if (end - begin === name.length && query.startsWith(name, begin)) return true
  return isEncoded(query, begin, end) && decoded(query.slice(begin, end)) === name
}

function isEncoded(text: string, begin: number, end: number): boolean {
  for (let at = begin; at < end; at++) if (text[at] === '%' || text[at] === '+') return true
  return false
}

function decoded(text: string): string {
  if (!isEncoded(text, 0, text.length)) return text
  let bytes = ''
  for (let at = 0; at < text.length; at++) {
    const byte = text.charCodeAt(at) === percent ? hexByte(text, at + 1) : -1
    if (byte >= 0) {
      bytes += String.fromCharCode(byte)
      at += 2
    } else bytes += text[at] === '+' ? ' ' : text[at]
  }
  return bytes
}
