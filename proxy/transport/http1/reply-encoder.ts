/**
 * A reply's head, and the framing of its body (RFC 9112 section 6).
 *
 * Invariant: what is written has exactly one framing, whatever the header list says: fields that frame or belong to one
 * connection are written from what is known here, never copied.
 */
import { type HeaderList, getHeader, sameName } from '../../http/headers.ts'
import { rememberingCheck, valueCharacters } from './characters.ts'
import { isConnectionField } from './connection-field.ts'
import { encodeField, FieldWriter } from './field-encoder.ts'
import { parseContentLength } from './framing.ts'
import { MalformedMessage } from './malformed-message.ts'
import { statusText } from './status-text.ts'

const isValue = rememberingCheck(valueCharacters)

/** How the end of a reply's body is told: a number of bytes, `chunked`, by closing (HTTP/1.0), or there is none. */
export type ReplyFraming = number | 'chunked' | 'close' | 'none'

export interface Caller {
  readonly method: string
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1'
}

/** @throws MalformedMessage where Content-Length is none. */
export function replyFraming(status: number, headers: HeaderList, caller: Caller): ReplyFraming {
  if (caller.method === 'HEAD' || status === 204 || status === 304) return 'none'
  const value = getHeader(headers, 'content-length')
  if (value === undefined) return caller.protocol === 'HTTP/1.0' ? 'close' : 'chunked'
  const length = parseContentLength(value)
  if (length === undefined) throw new MalformedMessage('an odd Content-Length')
  return length
}

function statusLine(status: number, phrase: string): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new MalformedMessage(`a status of ${status}`)
  if (!isValue(phrase)) throw new MalformedMessage('a control byte in the reason phrase')
  return `HTTP/1.1 ${status} ${phrase === '' ? statusText(status) : phrase}\r\n`
}

/** Only the first Content-Length goes out; a 204 and an interim answer carry none (RFC 9110 section 8.6). */
function encodeFields(headers: HeaderList, mayHaveLength: boolean): string {
  const fields = new FieldWriter()
  let lengthAllowed = mayHaveLength
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (isConnectionField(name)) continue
    if (sameName(name, 'content-length')) {
      if (!lengthAllowed) continue
      lengthAllowed = false
    }
    fields.add(name, headers[i + 1] as string)
  }
  return fields.end()
}

function framingField(framing: ReplyFraming): string {
  return framing === 'chunked' ? 'transfer-encoding: chunked\r\n' : ''
}

/** HTTP/1.1 stays open unless told otherwise, HTTP/1.0 closes unless told otherwise. */
function connectionField(closes: boolean, caller: Caller): string {
  if (closes) return 'connection: close\r\n'
  return caller.protocol === 'HTTP/1.0' ? 'connection: keep-alive\r\n' : ''
}

/** @throws MalformedMessage where a field cannot be written. */
export function encodeReplyHead(
  status: number,
  phrase: string,
  headers: HeaderList,
  framing: ReplyFraming,
  closes: boolean,
  caller: Caller,
): string {
  const fields = encodeFields(headers, status !== 204)
  return `${statusLine(status, phrase)}${fields}${framingField(framing)}${connectionField(closes, caller)}\r\n`
}

export function encodeInterim(status: number, headers: HeaderList): string {
  return `${statusLine(status, '')}${encodeFields(headers, false)}\r\n`
}

/** @param upgrade the protocol, where the headers do not name it. */
export function encodeUpgrade(status: number, phrase: string, headers: HeaderList, upgrade: string): string {
  const protocol = encodeField('Upgrade', getHeader(headers, 'upgrade') ?? upgrade)
  return `${statusLine(status, phrase)}${encodeFields(headers, false)}Connection: Upgrade\r\n${protocol}\r\n`
}
