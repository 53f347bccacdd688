/**
 * A request's head as it goes to an upstream: Host and Content-Length at the place and in the case they came in,
 * their values from the call itself.
 *
 * Invariant: exactly one Host and exactly one framing, whatever the header list says.
 */
import type { OutboundCall } from '../../http/dispatch.ts'
import { sameName } from '../../http/headers.ts'
import { rememberingCheck, lenientTargetCharacters, tokenCharacters, valueCharacters } from './characters.ts'
import { isConnectionField } from './connection-field.ts'
import { encodeField, FieldWriter } from './field-encoder.ts'
import type { Framing } from './framing.ts'
import { MalformedMessage } from './malformed-message.ts'

const isToken = rememberingCheck(tokenCharacters)
const isTarget = rememberingCheck(lenientTargetCharacters)
const isValue = rememberingCheck(valueCharacters)

/** A method that has a body by its meaning says so even where it is empty (RFC 9110 section 8.6). */
function expectsBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

export function requestFraming(call: OutboundCall): Framing {
  if (call.body === null) return expectsBody(call.method) ? 0 : 'none'
  return call.body.length ?? 'chunked'
}

function requestLine(call: OutboundCall): string {
  if (call.method === '' || !isToken(call.method)) throw new MalformedMessage('a method that is no token')
  if (call.method === 'CONNECT') throw new MalformedMessage('the method CONNECT, whose answers have no framing')
  if (call.path === '' || !isTarget(call.path)) {
    throw new MalformedMessage('a character in the path that may not stand there')
  }
  return `${call.method} ${call.path} HTTP/1.1\r\n`
}

function hostOf({ authority }: OutboundCall): string {
  if (!isValue(authority)) throw new MalformedMessage('a control byte in the authority')
  return authority
}

/** TE belongs to one connection, so Connection has to name it (RFC 9110 section 10.1.4). */
function connectionField(call: OutboundCall, hasTe: boolean): string {
  if (call.upgrade !== undefined) return `Connection: Upgrade${hasTe ? ', TE' : ''}\r\n${encodeField('Upgrade', call.upgrade)}`
  return hasTe ? 'Connection: TE\r\n' : ''
}

/** @throws MalformedMessage where the call cannot be written as HTTP/1.1. */
export function encodeRequestHead(call: OutboundCall, framing: Framing): string {
  const { headers } = call
  const fields = new FieldWriter()
  let hasHost = false
  let hasLength = false
  let hasTe = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (sameName(name, 'host')) {
      if (!hasHost) fields.add(name, hostOf(call))
      hasHost = true
    } else if (sameName(name, 'content-length')) {
      if (!hasLength && typeof framing === 'number') fields.add(name, String(framing))
      hasLength = true
    } else if (!isConnectionField(name)) {
      if (sameName(name, 'te')) hasTe = true
      fields.add(name, headers[i + 1] as string)
    }
  }
  const host = hasHost ? '' : `Host: ${hostOf(call)}\r\n`
  const length = hasLength || typeof framing !== 'number' ? '' : `content-length: ${framing}\r\n`
  const chunked = framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : ''
  return `${requestLine(call)}${host}${fields.end()}${length}${chunked}${connectionField(call, hasTe)}\r\n`
}
