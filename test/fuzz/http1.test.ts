/**
 * The HTTP/1.1 codec against damaged messages: it never throws anything but its refusal, it reads the same however the bytes are cut,
 * and the bytes of what it accepts, and no more, Node's own parsers read as the same calls and answers.
 */
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { RequestHead } from '../../proxy/transport/http1/request-head.ts'
import type { ResponseHead } from '../../proxy/transport/http1/response-head.ts'
import { endToEnd } from '../conformance/llhttp-cases.ts'
import { echo } from '../harness/echo.ts'
import { startListener } from '../harness/http1-listener.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { codecCases, patience, seed } from './http1/budget.ts'
import { cut, damaged } from './http1/mutation.ts'
import { type NodeMessage, NodeReader, type NodeReading } from './http1/node-reading.ts'
import { readAsNode } from './http1/node-response-reading.ts'
import { type ReadMessage, readRequests, readResponses } from './http1/reading.ts'
import { requestSeeds, responseSeeds } from './http1/seeds.ts'

function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1'))
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** Where Node refuses and we do not: it has a list of methods, takes no bytes above 127 in a target, and parses the extensions of chunks. */
function isKnown(error: string | null, ours: readonly ReadMessage<RequestHead>[], bytes: Buffer): boolean {
  if (error === 'HPE_INVALID_METHOD') return true
  if (error === 'HPE_INVALID_URL') return ours.some(({ head }) => !isAscii(head.path))
  return ours.some(({ head }) => isAboutExtensions(error, head, bytes))
}

/** Extensions end here, so only their control bytes and their length are looked at. */
function isAboutExtensions(error: string | null, { framing }: RequestHead | ResponseHead, bytes: Buffer): boolean {
  return (error === 'HPE_INVALID_CHUNK_SIZE' || error === 'HPE_STRICT') && framing === 'chunked' && bytes.includes(';')
}

function pathOf(url: string, method: string): string {
  const rest = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)?.[1]
  if (rest === undefined) return url
  if (rest === '' && method === 'OPTIONS') return '*'
  return rest.startsWith('/') ? rest : `/${rest}`
}

function meaning({ head, body, trailers }: ReadMessage<RequestHead>): unknown {
  return { method: head.method, path: head.path, headers: endToEnd(head.headers), body, trailers: trailers ?? [] }
}

/** Node's fields, less those that `ours` rightly kept back; nominated fields are gone from ours already. */
function nodeMeaning(node: NodeMessage, ours: ReadMessage<RequestHead> | undefined): unknown {
  const kept = new Set(ours?.head.headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : '')))
  const headers = node.rawHeaders.filter((_, i) => kept.has((node.rawHeaders[i - (i % 2)] as string).toLowerCase()))
  return {
    method: node.method,
    path: pathOf(node.url, node.method),
    headers: endToEnd(headers),
    body: node.body,
    trailers: node.rawTrailers,
  }
}

/** @returns what differs, for a person; null where both read the same. */
function disagreement(theirs: NodeReading, messages: readonly ReadMessage<RequestHead>[], bytes: Buffer): string | null {
  if (theirs.messages.length < messages.length && isKnown(theirs.error, messages, bytes)) return null
  const expected = messages.map(meaning)
  const found = theirs.messages.map((message, at) => nodeMeaning(message, messages[at]))
  return isDeepStrictEqual(found, expected) ? null : `${show(bytes)}: ${JSON.stringify({ found, expected, error: theirs.error })}`
}

test('damaged requests: nothing but refusals, the same in pieces, and Node agrees', patience, async () => {
  const random = new SeededRandom(seed)
  const node = new NodeReader()
  const faults: string[] = []
  let accepted = 0
  for (let i = 0; i < codecCases; i++) {
    const bytes = damaged(requestSeeds, random)
    const { messages } = readRequests([bytes])
    accepted += messages.length
    if (!isDeepStrictEqual(readRequests(cut(bytes, random)).messages, messages)) faults.push(`in pieces: ${show(bytes)}`)
    const fault = disagreement(await node.read(bytes.subarray(0, messages.at(-1)?.end ?? 0)), messages, bytes)
    if (fault !== null) faults.push(fault)
  }
  expect(faults).toEqual([])
  expect(accepted).toBeGreaterThan(codecCases / 4)
})

/** @returns what differs in the final answer; null where both read the same, or we refuse. */
async function answerDisagreement(bytes: Buffer, last: ReadMessage<ResponseHead>, method: string): Promise<string | null> {
  const { response, error } = await readAsNode(bytes.subarray(0, last.end), method)
  const { head, body, trailers } = last
  if (response?.complete !== true && isAboutExtensions(error, head, bytes)) return null
  const kept = new Set(head.headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : '')))
  const fields = response?.rawHeaders.filter((_, i) => kept.has((response.rawHeaders[i - (i % 2)] as string).toLowerCase()))
  const expected = { status: head.status, headers: endToEnd(head.headers), body, rawTrailers: trailers ?? [], complete: true }
  const found = { ...response, rawHeaders: undefined, headers: endToEnd(fields ?? []) }
  return isDeepStrictEqual({ ...found }, { ...expected, rawHeaders: undefined })
    ? null
    : `${show(bytes)}: ${JSON.stringify({ found, expected, error })}`
}

test('damaged responses: nothing but refusals, the same in pieces, and Node agrees', patience, async () => {
  const random = new SeededRandom(seed + 1)
  const faults: string[] = []
  let accepted = 0
  for (let i = 0; i < codecCases; i++) {
    const bytes = damaged(responseSeeds, random)
    const method = random.chance(20) ? 'HEAD' : 'GET'
    const { messages } = readResponses([bytes], method)
    if (!isDeepStrictEqual(readResponses(cut(bytes, random), method).messages, messages)) faults.push(`in pieces: ${show(bytes)}`)
    const last = messages.at(-1)
    if (last === undefined || last.head.status < 200) continue
    accepted++
    const fault = await answerDisagreement(bytes, last, method)
    if (fault !== null) faults.push(fault)
  }
  expect(faults).toEqual([])
  expect(accepted).toBeGreaterThan(codecCases / 5)
})

/** Sends and half-closes; reads to the end. */
function send(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
    socket.end(bytes)
  })
}

test('damaged requests to a listener: what arrives is what the codec reads, refusals are answered, and it lives on', async () => {
  const random = new SeededRandom(9)
  const faults: string[] = []
  let arrived = 0
  const { port, listener } = await startListener((exchange) => echo(exchange, () => void arrived++))
  for (let i = 0; i < Math.min(500, codecCases); i++) {
    const bytes = damaged(requestSeeds, random)
    arrived = 0
    const isAnswered = /HTTP\/1\.1 4\d\d /.test(await send(port, bytes))
    const { messages, refusal } = readRequests([bytes])
    if (arrived !== messages.length || (refusal !== null && !isAnswered)) faults.push(show(bytes))
  }
  expect(faults).toEqual([])
  expect(listener.active).toBe(0)
})
