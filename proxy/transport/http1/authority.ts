/**
 * What may stand in `Host` and in the authority of a target: `host` or `host:port` (RFC 3986 section 3.2), no user information.
 */
import { hostCharacters } from './characters.ts'

const openBracket = 91
const zero = 48

function isPort(text: string, from: number): boolean {
  if (from === text.length || text.length - from > 5) return false
  let port = 0
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zero
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= 65_535
}

function isAddressCharacter(code: number): boolean {
  return (code >= zero && code <= 58) || code === 46 || (code >= 65 && code <= 70) || (code >= 97 && code <= 102)
}

/** @returns the position after the host, 0 where there is none. */
function endOfName(text: string): number {
  let at = 0
  while (at < text.length && hostCharacters[text.charCodeAt(at)] === 1) at++
  return at
}

/** `[IPv6]`; the digits are not weighed, only that nothing else stands between the brackets. */
function endOfBrackets(text: string): number {
  let at = 1
  while (at < text.length && isAddressCharacter(text.charCodeAt(at))) at++
  return at > 2 && text[at] === ']' ? at + 1 : 0
}

export function isAuthority(text: string): boolean {
  const end = text.charCodeAt(0) === openBracket ? endOfBrackets(text) : endOfName(text)
  if (end === 0) return false
  return end === text.length || (text[end] === ':' && isPort(text, end + 1))
}
