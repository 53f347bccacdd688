/**
 * The four forms of a request target (RFC 9112 section 3.2), reduced to an authority and a path in origin form.
 * Paths are not looked into: that is route/'s business.
 */
import { sameName } from '../../http/headers.ts'
import { isAuthority } from './authority.ts'
import { MalformedMessage } from './malformed-message.ts'

export interface Target {
  readonly authority: string
  readonly path: string
}

const slash = 47

function schemeLength(target: string): number {
  if (sameName(target.slice(0, 7), 'http://')) return 7
  return sameName(target.slice(0, 8), 'https://') ? 8 : 0
}

function endOfAuthority(target: string, from: number): number {
  for (let i = from; i < target.length; i++) {
    const character = target[i]
    if (character === '/' || character === '?' || character === '#') return i
  }
  return target.length
}

/** An empty path is `/`, but for OPTIONS without a query, where it is the whole server (RFC 9112 section 3.2.4). */
function originForm(method: string, rest: string): string {
  if (rest.charCodeAt(0) === slash) return rest
  return rest === '' && method === 'OPTIONS' ? '*' : `/${rest}`
}

function absoluteForm(method: string, target: string): Target {
  const from = schemeLength(target)
  const end = endOfAuthority(target, from)
  const authority = target.slice(from, end)
  if (from === 0 || !isAuthority(authority)) throw new MalformedMessage('a request target that is neither a path nor an http URL')
  return { authority, path: originForm(method, target.slice(end)) }
}

/** The port has no default here (RFC 9112 section 3.2.3). Which tunnels are allowed is for the routes to say. */
function authorityForm(target: string): Target {
  const hasPort = target.lastIndexOf(':') > target.lastIndexOf(']')
  if (!hasPort || !isAuthority(target)) throw new MalformedMessage('a target of CONNECT that is no host and port')
  return { authority: target, path: '' }
}

/** @param host value of a valid Host field; empty where HTTP/1.0 left it out. */
export function readTarget(method: string, target: string, host: string): Target {
  if (method === 'CONNECT') return authorityForm(target)
  if (target.charCodeAt(0) === slash) return { authority: host, path: target }
  if (target === '*' && method === 'OPTIONS') return { authority: host, path: target }
  return absoluteForm(method, target)
}
