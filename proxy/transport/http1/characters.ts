/**
 * Which characters may stand where (RFC 9110 section 5.6.2, RFC 9112, RFC 3986), as tables: one look-up a character, no regular expression.
 *
 * Invariant: no table holds CR or LF, so a scan over a head, which ends in CR LF, always stops within it.
 * A character above 255 is in no table: written as latin1, U+010D would become a CR.
 */
export const tab = 9
export const lineFeed = 10
export const carriageReturn = 13
export const space = 32
export const colon = 58

function table(allows: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (allows(code) ? 1 : 0))
}

function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function isVisible(code: number): boolean {
  return code > space && code !== 127
}

function alphanumericOr(symbols: string): (code: number) => boolean {
  return (code) => isAlphanumeric(code) || symbols.includes(String.fromCharCode(code))
}

/** Methods and field names. */
export const tokenCharacters = table(alphanumericOr("!#$%&'*+-.^_`|~"))

/** Field values and reason phrases: everything but control bytes; HTAB is none here. */
export const valueCharacters = table((code) => code === tab || code === space || isVisible(code))

/** Request targets; bytes above 127 are left to whoever reads the path. */
export const targetCharacters = table((code) => isVisible(code) && code !== 35)

/** As above, and `#`, for listeners that send such paths on untouched. */
export const lenientTargetCharacters = table(isVisible)

/** Registered names and IPv4 addresses. A comma is left out: a `Host` with one is two that some hop has joined. */
export const hostCharacters = table(alphanumericOr("-._~%!$&'()*+;="))

/** @returns the first position from `at` on that is not in the table. The text must end in CR or LF. */
export function skip(characters: Uint8Array, text: string, at: number): number {
  let end = at
  while (characters[text.charCodeAt(end)] === 1) end++
  return end
}

export function consistsOf(characters: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (characters[text.charCodeAt(i)] !== 1) return false
  }
  return true
}

/** Of texts that are mostly the same, such as methods: only one that differs from the one before is looked at. */
export function rememberingCheck(characters: Uint8Array): (text: string) => boolean {
  let last = ''
  return (text) => {
    if (text === last) return true
    if (!consistsOf(characters, text)) return false
    last = text
    return true
  }
}
