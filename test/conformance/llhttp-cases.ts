/**
 * The cases of nodejs/llhttp (llhttp.json, MIT licence, see there), and what its event log says that each message means.
 */
import { readFileSync } from 'node:fs'
import { type HeaderList, sameName } from '../../proxy/http/headers.ts'

export interface LlhttpCase {
  readonly file: string
  readonly title: string
  readonly type: string
  readonly meta: Readonly<Record<string, unknown>>
  readonly input: string
  /** The strict parser's reason to refuse it; null where it accepts. */
  readonly error: string | null
  readonly messages: number
  readonly log: readonly string[]
}

/** One message as llhttp read it. Texts are latin1, as the bytes came. */
export interface LlhttpMessage {
  method: string
  url: string
  version: string
  /** Position after the version. */
  versionEnd: number
  status: number
  headers: HeaderList
  trailers: HeaderList
  body: string
  headersComplete: boolean
  complete: boolean
}

export function allCases(): LlhttpCase[] {
  const text = readFileSync(new URL('llhttp.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { cases: LlhttpCase[] }).cases
}

/** Titles repeat, so the place in the list belongs to the name. */
export function nameOf({ file, title }: LlhttpCase): string {
  return `${file}: ${title}`
}

function emptyMessage(): LlhttpMessage {
  return {
    method: '',
    url: '',
    version: '',
    versionEnd: 0,
    status: 0,
    headers: [],
    trailers: [],
    body: '',
    headersComplete: false,
    complete: false,
  }
}

function readSpan(message: LlhttpMessage, span: string, text: string): void {
  const list = message.headersComplete ? message.trailers : message.headers
  switch (span) {
    case 'method':
      message.method += text
      break
    case 'url':
      message.url += text
      break
    case 'version':
      message.version += text
      break
    case 'header_field':
      list.push(text, '')
      break
    case 'header_value':
      list[list.length - 1] += text
      break
    case 'body':
      message.body += text
      break
    default:
  }
}

function readEvent(message: LlhttpMessage, line: string): void {
  const offset = Number(/^off=(\d+)/.exec(line)?.[1] ?? 0)
  if (line.includes('version complete')) message.versionEnd = offset
  if (line.includes('message complete')) message.complete = true
  const headersComplete = /headers complete (?:method=\d+|status=(\d+))/.exec(line)
  if (headersComplete === null) return
  message.headersComplete = true
  message.status = Number(headersComplete[1] ?? 0)
}

/** Complete and incomplete ones, in order. */
export function messagesOf({ input, log }: LlhttpCase): LlhttpMessage[] {
  const bytes = Buffer.from(input)
  const messages: LlhttpMessage[] = []
  for (const line of log) {
    if (line.endsWith('message begin')) messages.push(emptyMessage())
    const message = messages.at(-1)
    if (message === undefined) continue
    const span = /^off=(\d+) len=(\d+) span\[(\w+)\]/.exec(line)
    if (span === null) readEvent(message, line)
    else readSpan(message, span[3] as string, bytes.toString('latin1', Number(span[1]), Number(span[1]) + Number(span[2])))
  }
  return messages
}

/** HTTP/1.1 without Host is not what these cases are about, so each request that lacks one gets it. */
export function withHosts(llhttpCase: LlhttpCase): Buffer {
  let bytes = Buffer.from(llhttpCase.input)
  for (const message of messagesOf(llhttpCase).toReversed()) {
    const at = message.versionEnd
    const hasHost = message.headers.some((name, i) => i % 2 === 0 && sameName(name, 'host'))
    if (at === 0 || hasHost || message.version !== '1.1' || bytes.toString('latin1', at, at + 2) !== '\r\n') continue
    bytes = Buffer.concat([bytes.subarray(0, at + 2), Buffer.from('Host: llhttp.test\r\n'), bytes.subarray(at + 2)])
  }
  return bytes
}

const singleHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te'])

/** What of the fields travels on; Host left out, values without the blanks around them. */
export function endToEnd(headers: HeaderList): HeaderList {
  const kept: HeaderList = []
  const nominated = new Set<string>()
  for (let i = 0; i < headers.length; i += 2) {
    if (sameName(headers[i] as string, 'connection')) {
      for (const name of (headers[i + 1] as string).toLowerCase().split(',')) nominated.add(name.trim())
    }
  }
  for (let i = 0; i < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase()
    if (lower === 'host' || singleHop.has(lower) || nominated.has(lower)) continue
    kept.push(headers[i] as string, (headers[i + 1] as string).replaceAll(/^[\t ]+|[\t ]+$/g, ''))
  }
  return kept
}
