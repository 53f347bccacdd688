/**
 * The HTTP/1.1 codec against damaged messages: it never throws anything but its refusal, it reads the same however the bytes are cut,
 * and the bytes of what it accepts, and no more, Node's own parser reads as the same calls. `HTTP1_FUZZ_CASES` sets how many.
 */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { RequestHead } from '../../proxy/transport/http1/request-head.ts'
import { endToEnd } from '../conformance/llhttp-cases.ts'
import { echo } from '../harness/echo.ts'
import { startListener } from '../harness/http1-listener.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { cut, mutate } from './http1/mutation.ts'
import { type NodeMessage, NodeReader } from './http1/node-reading.ts'
import { type ReadMessage, readRequests, readResponses } from './http1/reading.ts'
import { requestSeeds, responseSeeds } from './http1/seeds.ts'

const caseCount = Number(process.env['HTTP1_FUZZ_CASES'] ?? 20_000)

function damaged(seeds: Readonly<Record<string, string>>, random: SeededRandom): Buffer {
  return Buffer.from(mutate(random.pick(Object.values(seeds)), random), 'latin1')
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
function nodeMeaning(node: NodeMessage | undefined, ours: ReadMessage<RequestHead>): unknown {
  if (node === undefined) return undefined
  const kept = new Set(ours.head.headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : '')))
  const headers = node.rawHeaders.filter((_, i) => kept.has((node.rawHeaders[i - (i % 2)] as string).toLowerCase()))
  return {
    method: node.method,
    path: pathOf(node.url, node.method),
    headers: endToEnd(headers),
    body: node.body,
    trailers: node.rawTrailers,
  }
}

test(
  'damaged requests: nothing but refusals, the same in pieces, and Node agrees with what is accepted',
  { timeout: 3_600_000 },
  async () => {
    const random = new SeededRandom(7)
    const node = new NodeReader()
    let accepted = 0
    for (let i = 0; i < caseCount; i++) {
      const bytes = damaged(requestSeeds, random)
      const shown = JSON.stringify(bytes.toString('latin1'))
      const { messages } = readRequests([bytes])
      expect(readRequests(cut(bytes, random)).messages, shown).toEqual(messages)
      const theirs = await node.read(bytes.subarray(0, messages.at(-1)?.end ?? 0))
      expect(theirs.messages.length, shown).toBeLessThanOrEqual(messages.length)
      for (const [at, message] of messages.entries()) {
        if (theirs.messages[at] === undefined && isKnown(theirs.error, messages, bytes)) break
        expect(nodeMeaning(theirs.messages[at], message), `${shown} ${theirs.error}`).toEqual(meaning(message))
        accepted++
      }
    }
    expect(accepted).toBeGreaterThan(caseCount / 4)
  },
)

test('damaged responses: nothing but refusals, and the same in pieces', () => {
  const random = new SeededRandom(8)
  for (let i = 0; i < caseCount; i++) {
    const bytes = damaged(responseSeeds, random)
    expect(readResponses(cut(bytes, random)).messages, JSON.stringify(bytes.toString('latin1'))).toEqual(readResponses([bytes]).messages)
  }
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

test('damaged requests to a listener: what arrives is what the codec reads, and it lives on', async () => {
  const random = new SeededRandom(9)
  let arrived = 0
  const { port, listener } = await startListener((exchange) => echo(exchange, () => void arrived++))
  for (let i = 0; i < Math.min(500, caseCount); i++) {
    const bytes = damaged(requestSeeds, random)
    arrived = 0
    const text = await send(port, bytes)
    const { messages, refusal } = readRequests([bytes])
    expect(arrived, JSON.stringify(bytes.toString('latin1'))).toBe(messages.length)
    if (refusal !== null && !bytes.includes('HEAD')) expect(text, JSON.stringify(bytes.toString('latin1'))).toMatch(/HTTP\/1\.1 4\d\d /)
  }
  expect(listener.active).toBe(0)
})
