/**
 * What the HTTP/1.1 codec costs for one small call, step by step, without sockets: `node bench/micro/transport/http1.ts`.
 *
 * Bytes are cut fresh from a buffer for every message, as from a socket. The median of several rounds is printed, and the spread.
 */
import type { OutboundCall } from '../../../proxy/http/dispatch.ts'
import { ChunkedDecoder } from '../../../proxy/transport/http1/chunked-decoder.ts'
import { Input } from '../../../proxy/transport/http1/input.ts'
import { encodeReplyHead, replyFraming } from '../../../proxy/transport/http1/reply-encoder.ts'
import { encodeRequestHead, requestFraming } from '../../../proxy/transport/http1/request-encoder.ts'
import { parseRequestHead } from '../../../proxy/transport/http1/request-head.ts'
import { parseResponseHead } from '../../../proxy/transport/http1/response-head.ts'

const rounds = 15
const repeats = 100_000

const requestBytes = Buffer.from(
  'GET /catalog/items?page=1 HTTP/1.1\r\nHost: catalog.shop.internal\r\nUser-Agent: bench/1.0\r\nAccept: application/json\r\nX-Request-Id: 5f3a\r\n\r\n',
)
const responseBytes = Buffer.from(
  'HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: application/json\r\nContent-Length: 55\r\nDate: Mon, 23 Nov 2026 14:00:00 GMT\r\n\r\n',
)
const chunkedBytes = Buffer.from(`40\r\n${'x'.repeat(64)}\r\n0\r\n\r\n`)

const rules = { maxFields: 100, lenientPaths: false }
const limit = 16_384
const caller = { method: 'GET', protocol: 'HTTP/1.1' } as const

function takeHead(bytes: Buffer): string {
  const input = new Input()
  input.append(bytes)
  return input.takeHead(limit) ?? ''
}

const request = parseRequestHead(takeHead(requestBytes), rules)
const response = parseResponseHead(takeHead(responseBytes), rules.maxFields)
const call: OutboundCall = { ...request, body: null, upgrade: undefined, deadline: Infinity, callerAddress: '127.0.0.1' }

/** A string is built as a rope; looking at its last character makes it flat, as writing it to a socket does. */
function flatLength(text: string): number {
  return text.charCodeAt(text.length - 1) + text.length
}

function decodeChunked(): number {
  const decoder = new ChunkedDecoder()
  let at = 0
  let length = 0
  while (!decoder.done) {
    at = decoder.read(chunkedBytes, at)
    length += decoder.content?.length ?? 0
  }
  return length
}

const steps: Readonly<Record<string, () => number>> = {
  'find and decode a head': () => takeHead(requestBytes).length,
  'and parse it as a request': () => parseRequestHead(takeHead(requestBytes), rules).headers.length,
  'write a request head': () => flatLength(encodeRequestHead(call, requestFraming(call))),
  'parse a response head': () => parseResponseHead(takeHead(responseBytes), rules.maxFields).headers.length,
  'write a reply head': () =>
    flatLength(encodeReplyHead(200, 'OK', response.headers, replyFraming(200, response.headers, caller), false, caller)),
  'decode a chunked body of 64 bytes': decodeChunked,
}

function nsPerRun(step: () => number): number {
  const start = performance.now()
  let sum = 0
  for (let i = 0; i < repeats; i++) sum += step()
  if (sum === 0) throw new Error('nothing was done')
  return ((performance.now() - start) * 1e6) / repeats
}

for (const [name, step] of Object.entries(steps)) {
  nsPerRun(step)
  const figures = Array.from({ length: rounds }, () => nsPerRun(step)).toSorted((a, b) => a - b)
  const [least = 0] = figures
  const median = figures[Math.floor(rounds / 2)] ?? 0
  process.stdout.write(
    `${name.padEnd(36)} ${median.toFixed(0).padStart(6)} ns (${least.toFixed(0)} to ${(figures.at(-1) ?? 0).toFixed(0)})\n`,
  )
}
