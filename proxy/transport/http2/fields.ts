/**
 * Header lists on their way to and from node:http2's raw field arrays.
 *
 * Invariant: nothing is written that a peer could read as another field: names are lower-cased, connection-specific fields
 * (RFC 9113 section 8.2.2) are left out, and a value with a control byte or a character beyond Latin-1 is refused,
 * since node:http2 joins names and values with NUL and cuts characters to one byte.
 */
import type { OutgoingHttpHeaders } from 'node:http2'
import { ProxyError } from '../../error/proxy-error.ts'
import type { HeaderList } from '../../http/headers.ts'

/** Fields of one connection only, plus Host, which HTTP/2 calls `:authority`. */
const dropped = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings', 'host'])

/** What stands for Content-Length on the wire: 'keep' the field as it is, leave it out (undefined), or say this many bytes. */
export type LengthField = 'keep' | number | undefined

const tab = 9
const space = 32
const del = 127
const lastLatin1 = 255

/** True for what may stand in a field value or a pseudo field. */
function isClean(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code > lastLatin1 || code === del || (code < space && code !== tab)) return false
  }
  return true
}

function isBlank(code: number): boolean {
  return code === space || code === tab
}

/** White space around a value makes the whole message malformed (RFC 9113 section 8.2.1). */
function trimmed(value: string): string {
  const last = value.length - 1
  if (last < 0 || (!isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(last)))) return value
  return value.trim()
}

function checked(name: string, value: string): string {
  if (isClean(value)) return trimmed(value)
  throw new ProxyError('internal', { detail: `field ${name} has a control byte or a character beyond Latin-1 in its value` })
}

/**
 * Appends end-to-end fields to `wire`, which holds the pseudo fields already.
 * @throws ProxyError `internal` for a value that cannot be sent.
 */
export function appendFields(wire: string[], headers: HeaderList, length: LengthField): void {
  let lengthPending = typeof length === 'number'
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    const value = headers[i + 1] as string
    if (dropped.has(name)) continue
    if (name === 'te') {
      if (value.toLowerCase().includes('trailers')) wire.push(name, 'trailers')
    } else if (name === 'content-length' && length !== 'keep') {
      if (lengthPending) wire.push(name, String(length))
      lengthPending = false
    } else wire.push(name, checked(name, value))
  }
  if (lengthPending) wire.push('content-length', String(length))
}

/** A pseudo field. @throws ProxyError `internal`. */
export function appendPseudo(wire: string[], name: string, value: string): void {
  wire.push(name, checked(name, value))
}

/**
 * For `sendTrailers` and `additionalHeaders`, which take objects only: fields of one name come together at its first place.
 * Neither trailers nor interim answers have a length.
 */
export function fieldObject(headers: HeaderList): OutgoingHttpHeaders {
  const wire: string[] = []
  appendFields(wire, headers, undefined)
  const fields = Object.create(null) as OutgoingHttpHeaders
  for (let i = 0; i < wire.length; i += 2) {
    const name = wire[i] as string
    const value = wire[i + 1] as string
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (Array.isArray(before)) before.push(value)
    else fields[name] = [String(before), value]
  }
  return fields
}

/** The fields of an answer or a trailer section as received, without `:status`. */
export function receivedFields(raw: readonly string[]): HeaderList {
  const headers: HeaderList = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.charCodeAt(0) !== 58) headers.push(name, raw[i + 1] as string)
  }
  return headers
}
