/**
 * The fields of one message: parsed line by line, and sorted while they are added.
 *
 * Invariant: `headers` holds what travels on (see http/exchange.ts); what belongs to this connection only stands in members
 * of its own. Nothing is judged here but the grammar of a line: framing.ts and connection-options.ts draw the conclusions.
 */
import { type HeaderList, sameName } from '../../http/headers.ts'
import { carriageReturn, colon, lineFeed, skip, space, tab, tokenCharacters, valueCharacters } from './characters.ts'
import { isConnectionField } from './connection-field.ts'
import { noteParsed, otherwise } from './field-encoder.ts'
import { MalformedMessage } from './malformed-message.ts'

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`
}

function namesTrailers(value: string): boolean {
  return value.split(',').some((part) => sameName(part.trim(), 'trailers'))
}

export class FieldBlock {
  readonly headers: HeaderList = []
  /** Of the lines of `headers`: beginning, or `otherwise`, and end. */
  readonly lines: number[] = []
  /** Field lines seen, those included that do not travel on. */
  count = 0
  host: string | undefined
  hosts = 0
  contentLength = ''
  contentLengths = 0
  transferEncoding = ''
  transferEncodings = 0
  connection: string | undefined
  upgrade: string | undefined
  expect: string | undefined

  /** @param from where its line begins, or `otherwise`. @param to where it ends. */
  add(name: string, value: string, from: number, to: number): void {
    this.count++
    if (isConnectionField(name)) this.#note(name, value)
    else if (sameName(name, 'te')) this.#keepTrailers(name, value)
    else this.#keep(name, value, from, to)
  }

  /** Ends here. */
  #note(name: string, value: string): void {
    if (sameName(name, 'connection')) this.connection = joined(this.connection, value)
    else if (sameName(name, 'upgrade')) this.upgrade = joined(this.upgrade, value)
    else if (sameName(name, 'transfer-encoding')) {
      this.transferEncoding = value
      this.transferEncodings++
    }
  }

  /** Travels on. Host and Content-Length keep their place by the first of them; further ones are counted, and refused elsewhere. */
  #keep(name: string, value: string, from: number, to: number): void {
    if (sameName(name, 'host')) {
      this.host = value
      this.hosts++
    } else if (sameName(name, 'content-length')) {
      this.contentLength = value
      this.contentLengths++
    } else if (sameName(name, 'expect')) {
      this.expect = joined(this.expect, value)
    }
    this.headers.push(name, value)
    this.lines.push(from, to)
  }

  /** The one value of TE that travels on. */
  #keepTrailers(name: string, value: string): void {
    if (!namesTrailers(value)) return
    this.headers.push(name, 'trailers')
    this.lines.push(otherwise, 0)
  }
}

function withoutBlanksBefore(text: string, at: number): number {
  let start = at
  while (text.charCodeAt(start) === space || text.charCodeAt(start) === tab) start++
  return start
}

function withoutBlanksAfter(text: string, start: number, at: number): number {
  let end = at
  while (end > start && (text.charCodeAt(end - 1) === space || text.charCodeAt(end - 1) === tab)) end--
  return end
}

/** @returns the position after the line. A line that starts with a blank (obs-fold) has no name, and so is refused too. */
function parseLine(text: string, from: number, fields: FieldBlock): number {
  const nameEnd = skip(tokenCharacters, text, from)
  if (nameEnd === from || text.charCodeAt(nameEnd) !== colon) throw new MalformedMessage('a field line is not `name: value`')
  const start = withoutBlanksBefore(text, nameEnd + 1)
  const end = skip(valueCharacters, text, start)
  if (text.charCodeAt(end) !== carriageReturn || text.charCodeAt(end + 1) !== lineFeed) {
    throw new MalformedMessage(`a control byte in the value of ${text.slice(from, nameEnd)}`)
  }
  const valueEnd = withoutBlanksAfter(text, start, end)
  const name = text.slice(from, nameEnd)
  if (valueEnd < end) checkBlanksAfter(name, text, valueEnd, end)
  const isPlain = text.charCodeAt(nameEnd + 1) === space && start === nameEnd + 2 && valueEnd === end
  fields.add(name, text.slice(start, valueEnd), isPlain ? from : otherwise, end + 2)
  return end + 2
}

/** Some servers (llhttp among them) know no tab there, and take `chunked` with one for another coding: two ends to one message. */
function checkBlanksAfter(name: string, text: string, from: number, to: number): void {
  const tabAt = text.indexOf('\t', from)
  if (tabAt !== -1 && tabAt < to && sameName(name, 'transfer-encoding')) throw new MalformedMessage('a tab after a Transfer-Encoding')
}

/**
 * @param text ends in an empty line: CR LF CR LF.
 * @param from start of the first field line.
 */
export function parseFields(text: string, from: number, maxFields: number): FieldBlock {
  const fields = new FieldBlock()
  const end = text.length - 2
  let at = from
  while (at < end) {
    at = parseLine(text, at, fields)
    if (fields.count > maxFields) throw new MalformedMessage(`more than ${maxFields} fields`, true)
  }
  noteParsed(text, fields.headers, fields.lines)
  return fields
}
