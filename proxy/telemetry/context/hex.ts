/**
 * Hex digits, looked at in place.
 */

/** @returns whether `text[from, to)` is hex digits in lower case only, and not all of them zero. */
export function isIdentifier(text: string, from: number, to: number): boolean {
  let seen = 0
  for (let i = from; i < to; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return false
    seen |= digit
  }
  return seen !== 0
}

/** @returns the value of a hex digit in lower case, -1 for anything else. */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  return code >= 97 && code <= 102 ? code - 87 : -1
}
