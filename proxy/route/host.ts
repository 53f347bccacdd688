/**
 * The host of an authority, in the one spelling that routes are matched by: lower case, no port, no trailing dot.
 * An IPv6 literal keeps its brackets and is compared as it is written.
 */
const colon = 0x3a
const dot = 0x2e
const openBracket = 0x5b

/**
 * @param authority Host or `:authority`, checked for its syntax before.
 * @returns the very same string where nothing has to change.
 */
export function normaliseHost(authority: string): string {
  let end = hostEnd(authority)
  if (end > 1 && authority.charCodeAt(end - 1) === dot) end--
  const host = end === authority.length ? authority : authority.slice(0, end)
  return hasUpperCase(host) ? host.toLowerCase() : host
}

/** Where the port begins; a literal has colons of its own within the brackets. */
function hostEnd(authority: string): number {
  const bracket = authority.charCodeAt(0) === openBracket ? authority.indexOf(']') : 0
  if (bracket < 0) return authority.length
  for (let i = bracket; i < authority.length; i++) {
    if (authority.charCodeAt(i) === colon) return i
  }
  return authority.length
}

function hasUpperCase(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x41 && code <= 0x5a) return true
  }
  return false
}
