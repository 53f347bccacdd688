/**
 * The HTTP/1.1 codec against damaged messages: it never throws anything but its refusal, it reads the same however the bytes are cut,
 * and the bytes of what it accepts, and no more, Node's own parser reads as the same calls. `HTTP1_FUZZ_CASES` sets how many.
 */
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import type { RequestHead } from '../../proxy/transport/http1/request-head.ts'
import { endToEnd } from '../conformance/llhttp-cases.ts'
import { echo } from '../harness/echo.ts'
import { startListener } from '../harness/http1-listener.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { cut, mutate } from './http1/mutation.ts'
import { type NodeMessage, NodeReader, type NodeReading } from './http1/node-reading.ts'
import { type ReadMessage, readRequests, readResponses } from './http1/reading.ts'
import { requestSeeds, responseSeeds } from './http1/seeds.ts'

const caseCount = Number(process.env['HTTP1_FUZZ_CASES'] ?? 20_000)

function damaged(seeds: Readonly<Record<string, string>>, random: SeededRandom): Buffer {
  return Buffer.from(mutate(random.pick(Object.values(seeds)), random), 'latin1')
}

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
  return (
    (error === 'HPE_INVALID_CHUNK_SIZE' || error === 'HPE_STRICT') &&
    ours.some(({ head }) => head.framing === 'chunked') &&
    bytes.includes(';')
  )
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

test('damaged requests: nothing but refusals, the same in pieces, and Node agrees', { timeout: 3_600_000 }, async () => {
  const random = new SeededRandom(7)
  const node = new NodeReader()
  const faults: string[] = []
  let accepted = 0
  for (let i = 0; i < caseCount; i++) {
    const bytes = damaged(requestSeeds, random)
    const { messages } = readRequests([bytes])
    accepted += messages.length
    if (!isDeepStrictEqual(readRequests(cut(bytes, random)).messages, messages)) faults.push(`in pieces: ${show(bytes)}`)
    const fault = disagreement(await node.read(bytes.subarray(0, messages.at(-1)?.end ?? 0)), messages, bytes)
    if (fault !== null) faults.push(fault)
  }
  expect(faults).toEqual([])
  expect(accepted).toBeGreaterThan(caseCount / 4)
})

test('damaged responses: nothing but refusals, and the same in pieces', () => {
  const random = new SeededRandom(8)
  const faults: string[] = []
  for (let i = 0; i < caseCount; i++) {
    const bytes = damaged(responseSeeds, random)
    const { messages } = readResponses([bytes])
    if (!isDeepStrictEqual(readResponses(cut(bytes, random)).messages, messages)) faults.push(show(bytes))
  }
  expect(faults).toEqual([])
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
  for (let i = 0; i < Math.min(500, caseCount); i++) {
    const bytes = damaged(requestSeeds, random)
    arrived = 0
    const isAnswered = /HTTP\/1\.1 4\d\d /.test(await send(port, bytes))
    const { messages, refusal } = readRequests([bytes])
    if (arrived !== messages.length || (refusal !== null && !isAnswered)) faults.push(show(bytes))
  }
  expect(faults).toEqual([])
  expect(listener.active).toBe(0)
})
