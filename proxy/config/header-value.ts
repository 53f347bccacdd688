/**
 * What a header value may consist of (RFC 9110 section 5.5): a line break in it would begin a new field (CWE-113).
 */

export const controlByte = 'a control character or one beyond Latin-1, which no header value may contain'

/** HTAB may stand. */
export function hasControlByte(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return true
  }
  return false
}
