/**
 * The two hexadecimal digits behind a percent sign (RFC 3986 section 2.1).
 */

/** @returns the byte that the digits at `at` and behind it stand for; -1 where they are not both hexadecimal digits. */
export function hexByte(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
