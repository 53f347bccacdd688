/**
 * A request's head (RFC 9112 sections 2 to 6), parsed from one latin1 string that ends in an empty line.
 *
 * Strict on purpose: whatever another server might read differently is refused with `MalformedMessage`.
 */
import type { HeaderList } from '../../http/headers.ts'
import { sameName } from '../../http/headers.ts'
import { isAuthority } from './authority.ts'
import { lenientTargetCharacters, skip, space, targetCharacters, tokenCharacters } from './characters.ts'
import { connectionOptions, persists } from './connection-options.ts'
import { type FieldBlock, parseFields } from './field-block.ts'
import { type Framing, framingOf } from './framing.ts'
import { MalformedMessage } from './malformed-message.ts'
import { readTarget } from './request-target.ts'

export interface RequestHead {
  readonly method: string
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1'
  readonly authority: string
  readonly path: string
  readonly headers: HeaderList
  readonly framing: Framing
  /** The caller wants to go on using the connection. */
  readonly keepAlive: boolean
  readonly upgrade: string | undefined
  readonly expectsContinue: boolean
}

export interface RequestRules {
  readonly maxFields: number
  /** A raw `#` in the target is let through. */
  readonly lenientPaths: boolean
}

const versionLength = 'HTTP/1.1\r\n'.length

function isHttp10At(text: string, at: number): boolean {
  if (text.startsWith('HTTP/1.1\r\n', at)) return false
  if (text.startsWith('HTTP/1.0\r\n', at)) return true
  throw new MalformedMessage('a request line that is not `METHOD target HTTP/1.1`')
}

function endOfMethod(text: string): number {
  const end = skip(tokenCharacters, text, 0)
  if (end === 0 || text.charCodeAt(end) !== space) throw new MalformedMessage('a method that is no token')
  return end
}

function endOfTarget(text: string, from: number, lenient: boolean): number {
  const end = skip(lenient ? lenientTargetCharacters : targetCharacters, text, from)
  if (end === from || text.charCodeAt(end) !== space)
    throw new MalformedMessage('a character in the request target that may not stand there')
  return end
}

/** @returns the empty text where HTTP/1.0 left it out. */
function hostOf(fields: FieldBlock, isHttp10: boolean): string {
  const host = fields.host
  if (host === undefined && isHttp10) return ''
  if (host === undefined || fields.hosts > 1 || !isAuthority(host)) throw new MalformedMessage('not exactly one valid Host')
  return host
}

/** `h2c` is not offered: it would let a caller talk past the checks of HTTP/1.1 (h2c smuggling). */
function upgradeOf(fields: FieldBlock): string | undefined {
  const asked = (fields.upgrade ?? '').split(',').map((part) => part.trim())
  const left = asked.filter((name) => name !== '' && !sameName(name, 'h2c'))
  return left.length === 0 ? undefined : left.join(', ')
}

/** A body would be the first bytes of the tunnel to one reader, and not to another (RFC 9110 section 9.3.6). */
function checkConnect(method: string, framing: Framing): void {
  if (method === 'CONNECT' && framing !== 'none' && framing !== 0) throw new MalformedMessage('a CONNECT with a body')
}

function expectsContinue(fields: FieldBlock, isHttp10: boolean): boolean {
  return fields.expect !== undefined && !isHttp10 && sameName(fields.expect, '100-continue')
}

/** @param text ends in CR LF CR LF, and has that nowhere else. */
export function parseRequestHead(text: string, rules: RequestRules): RequestHead {
  const methodEnd = endOfMethod(text)
  const targetEnd = endOfTarget(text, methodEnd + 1, rules.lenientPaths)
  const isHttp10 = isHttp10At(text, targetEnd + 1)
  const fields = parseFields(text, targetEnd + 1 + versionLength, rules.maxFields)
  const method = text.slice(0, methodEnd)
  const target = readTarget(method, text.slice(methodEnd + 1, targetEnd), hostOf(fields, isHttp10))
  const framing = framingOf(fields, isHttp10)
  checkConnect(method, framing)
  const options = connectionOptions(fields)
  return {
    method,
    protocol: isHttp10 ? 'HTTP/1.0' : 'HTTP/1.1',
    authority: target.authority,
    path: target.path,
    headers: fields.headers,
    framing,
    // Behind a CONNECT come the tunnel's bytes, whatever the answer: they are no requests of this caller's.
    keepAlive: method !== 'CONNECT' && persists(options, isHttp10),
    upgrade: options.upgrades && !isHttp10 ? upgradeOf(fields) : undefined,
    expectsContinue: expectsContinue(fields, isHttp10),
  }
}
