/**
 * A request's field section read into what an exchange needs, and refused where two servers could read it differently.
 *
 * nghttp2 has refused before what RFC 9113 section 8.3 forbids of single fields (unknown or repeated pseudo fields, upper-case names,
 * connection-specific fields, bad Content-Length). Left for here: our limits, and fields that contradict each other.
 */
import { ProxyError } from '../../error/proxy-error.ts'
import { getHeader, type HeaderList } from '../../http/headers.ts'
import type { ServerLimits } from '../../http/server-connection.ts'
import { isAuthority } from '../http1/authority.ts'

export interface RequestHead {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly authority: string
  /** Empty for CONNECT, which has none. */
  readonly path: string
  /** Begins with `host`, so that calls look alike whatever protocol they came in by. */
  readonly headers: HeaderList
}

/** What a field costs in HTTP/1.1 beside its name and value: colon, space, CR, LF. */
const fieldOverhead = 4

interface Parts {
  method: string
  scheme: string
  authority: string | undefined
  path: string
  host: string | undefined
  headers: HeaderList
}

function bad(detail: string): ProxyError {
  return new ProxyError('bad_request', { detail })
}

function checkSize(raw: readonly string[], limits: ServerLimits): void {
  let bytes = 0
  let fields = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    bytes += name.length + (raw[i + 1] as string).length + fieldOverhead
    if (name.charCodeAt(0) !== 58) fields++
  }
  if (fields > limits.fields) throw new ProxyError('header_too_large', { detail: `more than ${limits.fields} fields` })
  if (bytes > limits.headBytes) throw new ProxyError('header_too_large', { detail: `more than ${limits.headBytes} bytes of fields` })
}

function takePseudo(parts: Parts, name: string, value: string): void {
  if (name === ':method') parts.method = value
  else if (name === ':scheme') parts.scheme = value
  else if (name === ':authority') parts.authority = value
  else if (name === ':path') parts.path = value
  else throw bad(`pseudo field ${name} is not offered`)
}

/** Cookie crumbs become one field again (RFC 9113 section 8.2.3). */
function takeField(parts: Parts, name: string, value: string, cookieAt: number): number {
  const { headers } = parts
  if (name === 'host') {
    if (parts.host !== undefined) throw bad('more than one Host')
    parts.host = value
    return cookieAt
  }
  if (name === 'cookie' && cookieAt !== -1) {
    headers[cookieAt] = `${headers[cookieAt]}; ${value}`
    return cookieAt
  }
  headers.push(name, value)
  return name === 'cookie' ? headers.length - 1 : cookieAt
}

function takeApart(raw: readonly string[]): Parts {
  const headers: HeaderList = ['host', '']
  const parts: Parts = { method: '', scheme: '', authority: undefined, path: '', host: undefined, headers }
  let cookieAt = -1
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    if (name.charCodeAt(0) === 58) takePseudo(parts, name, value)
    else cookieAt = takeField(parts, name, value, cookieAt)
  }
  return parts
}

/** `:authority` and Host may both stand, if they say the same (RFC 9113 section 8.3.1). */
function authorityOf({ authority, host }: Parts): string {
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase())
    throw bad('Host and :authority differ')
  const named = authority ?? host ?? ''
  if (!isAuthority(named)) throw bad(':authority is not host or host:port')
  return named
}

function schemeOf({ scheme, method }: Parts): 'http' | 'https' {
  if (scheme === 'https') return 'https'
  if (scheme === 'http' || (method === 'CONNECT' && scheme === '')) return 'http'
  throw bad(`scheme ${scheme} is not served`)
}

function checkPath({ path, method }: Parts): void {
  if (path.charCodeAt(0) === 47) return
  if (method === 'CONNECT' ? path === '' : path === '*' && method === 'OPTIONS') return
  throw bad(':path is not in origin form')
}

/**
 * @param raw name, value, name, value, as node:http2 gives them.
 * @throws ProxyError `header_too_large` or `bad_request`.
 */
export function readRequestHead(raw: readonly string[], limits: ServerLimits): RequestHead {
  checkSize(raw, limits)
  const parts = takeApart(raw)
  const authority = authorityOf(parts)
  const scheme = schemeOf(parts)
  checkPath(parts)
  parts.headers[1] = authority
  return { method: parts.method, scheme, authority, path: parts.path, headers: parts.headers }
}

/** @returns undefined where the sender named no length; nghttp2 has checked the number and holds the sender to it. */
export function declaredLength(headers: HeaderList): number | undefined {
  const value = getHeader(headers, 'content-length')
  return value === undefined ? undefined : Number(value)
}
