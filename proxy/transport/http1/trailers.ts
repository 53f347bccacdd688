/**
 * Trailer fields (RFC 9110 section 6.5): which may stand there, reading and writing them.
 *
 * A field that frames, routes, authenticates or describes the message comes too late in a trailer: servers that merge trailers
 * into the headers would act on it after the checks were made.
 */
import type { HeaderList } from '../../http/headers.ts'
import { encodeField } from './field-encoder.ts'
import { parseFields } from './field-block.ts'
import { MalformedMessage } from './malformed-message.ts'

const maxFields = 100

const framing = ['transfer-encoding', 'content-length', 'connection', 'keep-alive', 'proxy-connection', 'upgrade', 'te', 'trailer', 'host']
const authentication = ['authorization', 'proxy-authorization', 'proxy-authenticate', 'www-authenticate', 'cookie', 'set-cookie']
const controls = ['cache-control', 'expect', 'max-forwards', 'pragma', 'range', 'forwarded']
const conditions = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range']
const content = ['content-encoding', 'content-type', 'content-range']
const response = ['age', 'date', 'expires', 'location', 'retry-after', 'vary']

const forbidden = new Set([framing, authentication, controls, conditions, content, response].flat())

export function mayTrail(name: string): boolean {
  return !forbidden.has(name.toLowerCase())
}

/**
 * @param text the whole section, its empty line included.
 * @throws MalformedMessage where a field may not stand here.
 */
export function parseTrailers(text: string): HeaderList {
  const fields = parseFields(text, 0, maxFields)
  const { headers } = fields
  if (headers.length !== fields.count * 2) throw new MalformedMessage('a field that may not be a trailer')
  for (let i = 0; i < headers.length; i += 2) {
    if (!mayTrail(headers[i] as string)) throw new MalformedMessage(`a trailer ${headers[i]}, which may not be one`)
  }
  return headers
}

/** @returns the last chunk and the trailer section; fields that may not stand there are left out. */
export function encodeTrailers(trailers: HeaderList | null): string {
  if (trailers === null) return '0\r\n\r\n'
  let text = '0\r\n'
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i] as string
    if (mayTrail(name)) text += encodeField(name, trailers[i + 1] as string)
  }
  return `${text}\r\n`
}
