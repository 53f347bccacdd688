/**
 * W3C trace context, section 3.3: the vendors' list that travels with traceparent.
 *
 * All or nothing: one member that breaks a rule makes the whole list invalid, and it is dropped while the trace goes on.
 * At most 32 members, no key twice, empty members ignored, white space around members removed.
 */
const mostMembers = 32

/** @param value all fields joined by commas. @returns the list to pass on; empty where there is none, or none that is valid. */
export function readTracestate(value: string): string {
  const keys: string[] = []
  let list = ''
  for (let from = 0; from <= value.length;) {
    let comma = value.indexOf(',', from)
    if (comma < 0) comma = value.length
    const member = value.slice(from, comma).trim()
    from = comma + 1
    if (member === '') continue
    if (!isMember(member, keys)) return ''
    list = list === '' ? member : `${list},${member}`
  }
  return list
}

/** Adds the key to `keys` where it is a valid member. */
function isMember(member: string, keys: string[]): boolean {
  const equals = member.indexOf('=')
  if (equals < 1 || keys.length === mostMembers || !isValue(member, equals + 1)) return false
  const key = member.slice(0, equals)
  if (keys.includes(key) || !isKey(key)) return false
  keys.push(key)
  return true
}

/** Spaces inside are allowed; commas, equals signs, control and non-ASCII characters are not. */
function isValue(member: string, from: number): boolean {
  const length = member.length - from
  if (length < 1 || length > 256) return false
  for (let i = from; i < member.length; i++) {
    const code = member.charCodeAt(i)
    if (code < 0x20 || code > 0x7e || code === 0x3d) return false
  }
  return true
}

/** `key`, or `tenant@system` with the limits of multi-tenant keys. */
function isKey(key: string): boolean {
  const at = key.indexOf('@')
  if (at < 0) return key.length <= 256 && isName(key, 0, key.length, true)
  const system = key.length - at - 1
  if (at < 1 || at > 241 || system < 1 || system > 14) return false
  return isName(key, 0, at, true) && isName(key, at + 1, key.length, false)
}

function isName(key: string, from: number, to: number, digitMayBegin: boolean): boolean {
  for (let i = from; i < to; i++) {
    const code = key.charCodeAt(i)
    if (code >= 97 && code <= 122) continue
    if (i === from ? !(digitMayBegin && isDigit(code)) : !isDigit(code) && !isMark(code)) return false
  }
  return true
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** `_`, `-`, `*`, `/` */
function isMark(code: number): boolean {
  return code === 95 || code === 45 || code === 42 || code === 47
}
