/**
 * Damaged messages through a whole sidecar, from either side: what arrives behind it is what the codec reads, one message after
 * the other on connections that are kept alive. Nothing that was left over is ever taken for a part of another message.
 */
import { Agent, type IncomingMessage, METHODS, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { getCombined } from '../../proxy/http/headers.ts'
import { normalisePath } from '../../proxy/http/path/normalise-path.ts'
import { PathProblem } from '../../proxy/http/path/path-problem.ts'
import { endToEnd } from '../conformance/llhttp-cases.ts'
import { startOrigin } from '../harness/origin.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { startTandem, type Tandem } from '../harness/tandem.ts'
import { patience, seed, sidecarCases } from './http1/budget.ts'
import { cut, damaged } from './http1/mutation.ts'
import { type ReadMessage, readRequests, readResponses } from './http1/reading.ts'
import { requestSeeds, responseSeeds } from './http1/seeds.ts'
import type { RequestHead } from '../../proxy/transport/http1/request-head.ts'

/** What the sidecar itself writes. */
const written = new Set([
  'traceparent',
  'x-request-id',
  'x-tandem-timeout-ms',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
])

function startSidecar(address: string): Promise<Tandem> {
  return startTandem(`upstreams: { u: { endpoints: ["${address}"], timeout: { idle: 5s } } }\nroutes: [{ name: r, forward: u }]`, {
    listeners: 'listeners: [{ name: outbound, address: "127.0.0.1:0", paths: lenient }]',
  })
}

function fieldsOf(headers: readonly string[]): unknown {
  return endToEnd(headers.filter((_, i) => !written.has((headers[i - (i % 2)] as string).toLowerCase())))
}

/** Sends, and leaves when so many answers have come, or the sidecar has closed. */
function send(port: number, bytes: Buffer, answers: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let text = ''
    const look = (): void => {
      if ((text.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0) >= answers) socket.destroy()
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      look()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.write(bytes, look)
  })
}

/** Node's server gives the names of trailers in lower case. */
function lowerCased(fields: readonly string[]): string[] {
  return fields.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text))
}

function pathSent(path: string): string {
  const [raw = '', ...query] = path.split('?')
  const normalised = normalisePath(raw)
  if (normalised instanceof PathProblem) return path
  return [normalised, ...query].join('?')
}

/** Node's server knows no other methods, no path with bytes above 127, and no other expectation. */
function nodeTakes({ method, path, headers }: RequestHead): boolean {
  const expectation = getCombined(headers, 'expect') ?? '100-continue'
  const isKnown = METHODS.includes(method) && method !== 'CONNECT' && /(?:^|\W)100-continue(?:$|\W)/i.test(expectation)
  return isKnown && Buffer.byteLength(path) === path.length
}

function requestMeaning({ head, body, trailers }: ReadMessage<RequestHead>): unknown {
  return { method: head.method, url: pathSent(head.path), headers: fieldsOf(head.headers), body, trailers: lowerCased(trailers ?? []) }
}

test('damaged requests arrive at the upstream as the codec reads them, and nothing else does', patience, async () => {
  const random = new SeededRandom(seed + 2)
  const origin = await startOrigin()
  const tandem = await startSidecar(origin.address)
  const faults: string[] = []
  for (let i = 0; i < sidecarCases; i++) {
    const bytes = damaged(requestSeeds, random)
    const { messages, refusal } = readRequests([bytes], { lenientPaths: true })
    await send(tandem.port, bytes, messages.length + Number(refusal !== null))
    const arrived = origin.received.splice(0)
    if (!messages.every(({ head }) => nodeTakes(head))) continue
    const found = arrived.map(({ method, url, rawHeaders, body, trailers }) => {
      return {
        method,
        url,
        headers: fieldsOf(rawHeaders),
        body: body.toString('latin1'),
        trailers: Object.entries(trailers).flat(),
      }
    })
    const expected = messages.map(requestMeaning)
    if (!isDeepStrictEqual(found, expected))
      faults.push(`${JSON.stringify(bytes.toString('latin1'))}: ${JSON.stringify({ found, expected })}`)
  }
  expect(faults).toEqual([])
  expect(tandem.said.filter((line) => line.includes('fault'))).toEqual([])
})

interface Answer {
  readonly status: number
  readonly headers: unknown
  readonly body: string
  readonly trailers: unknown
}

/** null for an answer that breaks off. */
function ask(port: number, method: string, agent: Agent): Promise<{ readonly answer: Answer; readonly isLocal: boolean } | null> {
  return new Promise((resolve) => {
    const take = (message: IncomingMessage): void => {
      let body = ''
      message.on('error', () => resolve(null))
      message.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')))
      message.on('end', () => {
        const { statusCode: status = 0, rawHeaders, rawTrailers, headers } = message
        const answer = { status, headers: fieldsOf(rawHeaders), body, trailers: endToEnd(rawTrailers) }
        resolve({ answer, isLocal: headers['x-tandem-flags'] !== undefined })
      })
    }
    request({ host: '127.0.0.1', port, method, agent, headers: { te: 'trailers' } }, take)
      .on('error', () => resolve(null))
      .end()
  })
}

/** Says the bytes in a few pieces once it has been asked, and closes. */
function say(socket: Socket, pieces: readonly Buffer[]): void {
  for (const piece of pieces) socket.write(piece)
  socket.end()
}

test('damaged answers reach the caller as the codec reads them, or as a local answer, or broken off', patience, async () => {
  const random = new SeededRandom(seed + 3)
  let bytes = Buffer.alloc(0)
  const address = await startRawOrigin(
    (socket) => void socket.once('data', () => say(socket, random.chance(50) ? [bytes] : cut(bytes, random))),
  )
  const tandem = await startSidecar(address)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const faults: string[] = []
  let whole = 0
  for (let i = 0; i < sidecarCases; i++) {
    bytes = damaged(responseSeeds, random)
    const method = random.chance(20) ? 'HEAD' : 'GET'
    const last = readResponses([bytes], method).messages.findLast(({ head }) => head.status >= 200)
    const result = await ask(tandem.port, method, agent)
    if (result === null || result.isLocal) {
      if (last !== undefined) faults.push(`refused: ${JSON.stringify(bytes.toString('latin1'))}`)
      continue
    }
    whole++
    const { head, body, trailers } = last ?? { head: { status: 0, headers: [] }, body: '', trailers: null }
    const expected = { status: head.status, headers: fieldsOf(head.headers), body, trailers: endToEnd(trailers ?? []) }
    if (!isDeepStrictEqual(result.answer, expected))
      faults.push(`${JSON.stringify(bytes.toString('latin1'))}: ${JSON.stringify({ found: result.answer, expected })}`)
  }
  expect(faults).toEqual([])
  expect(whole).toBeGreaterThan(sidecarCases / 10)
  expect(tandem.said.filter((line) => line.includes('fault'))).toEqual([])
})
