import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { sameName } from '../../proxy/http/headers.ts'
import { type Arrived, echo } from '../harness/echo.ts'
import { startListener } from '../harness/http1-listener.ts'
import { openHttp1To } from '../harness/http1-connection.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { type RecordedCall, record } from '../harness/recorded-call.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { type LlhttpCase, type LlhttpMessage, allCases, endToEnd, messagesOf, nameOf, withHosts } from './llhttp-cases.ts'
import { lenientCasesAccepted, looserOnRequests, looserOnResponses, stricterOnRequests, stricterOnResponses } from './llhttp-deviations.ts'

const cases = allCases()

function named(list: readonly LlhttpCase[]) {
  return list.map((one) => [nameOf(one), one] as const)
}

/** How the bytes are cut into writes. */
const cuttings: Readonly<Record<string, (bytes: Buffer, random: SeededRandom) => Buffer[]>> = {
  'in one piece': (bytes) => [bytes],
  'byte by byte': (bytes) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
  'at random points': (bytes, random) => {
    const pieces: Buffer[] = []
    for (let from = 0; from < bytes.length;) {
      const to = Math.min(bytes.length, from + 1 + random.below(12))
      pieces.push(bytes.subarray(from, to))
      from = to
    }
    return pieces
  },
}

/** Each piece is written once the one before has left, so that most of them arrive alone. */
function send(port: number, pieces: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const next = (at: number): void => {
      const piece = pieces[at]
      if (piece === undefined || !socket.writable) socket.end()
      else socket.write(piece, () => next(at + 1))
    }
    socket.on('connect', () => next(0))
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

interface RequestOutcome {
  readonly arrived: readonly Arrived[]
  readonly refused: boolean
}

/** CONNECT has an authority and no path. */
function pathOf({ url, method }: LlhttpMessage): string {
  if (method === 'CONNECT') return ''
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(url)
  if (absolute === null) return url
  const rest = absolute[1] as string
  if (rest === '' && method === 'OPTIONS') return '*'
  return rest.startsWith('/') ? rest : `/${rest}`
}

function meaning(message: LlhttpMessage): unknown {
  return {
    method: message.method,
    path: pathOf(message),
    headers: endToEnd(message.headers),
    body: message.body,
    trailers: message.trailers,
  }
}

function meaningOf(request: Arrived): unknown {
  const { method, path, headers, body, trailers } = request
  return { method, path, headers: endToEnd(headers), body: body ?? '', trailers: trailers ?? [] }
}

/** Upgrades and data after a closing request are where llhttp stops, and not malformed. */
function isRefusedBy({ error }: LlhttpCase): boolean {
  return error !== null && !error.startsWith('Pause on CONNECT') && !error.startsWith('Data after')
}

describe.each(Object.entries(cuttings))('requests %s', (_cutting, cut) => {
  const random = new SeededRandom(41)
  const run = async (llhttpCase: LlhttpCase): Promise<RequestOutcome> => {
    const arrived: Arrived[] = []
    const { port } = await startListener((exchange) => echo(exchange, (whole) => arrived.push(whole)))
    const text = await send(port, cut(withHosts(llhttpCase), random))
    return { arrived, refused: /HTTP\/1\.1 4\d\d /.test(text) }
  }
  // llhttp can be told to skip the bodies that the fields promise; a server cannot.
  const strict = cases.filter(({ type, meta }) => type === 'request' && meta['skipBody'] === undefined)

  test.each(named(strict.filter(isRefusedBy)))('%s is refused', async (name, llhttpCase) => {
    const { arrived, refused } = await run(llhttpCase)
    const isLooser = name in looserOnRequests
    expect(refused).toBe(!isLooser)
    expect(arrived.length).toBeLessThanOrEqual(llhttpCase.messages + Number(isLooser))
  })

  const accepted = strict.filter((one) => !isRefusedBy(one) && !(nameOf(one) in stricterOnRequests))
  const completeOf = (llhttpCase: LlhttpCase) => messagesOf(llhttpCase).filter(({ complete }) => complete)

  test.each(named(accepted))('%s arrives', async (_name, llhttpCase) => {
    const { arrived } = await run(llhttpCase)
    const expected = completeOf(llhttpCase)
    expect(arrived.slice(0, expected.length).map(meaningOf)).toEqual(expected.map(meaning))
  })

  test.each(named(strict.filter((one) => nameOf(one) in stricterOnRequests)))(
    '%s is refused, unlike by llhttp',
    async (_name, llhttpCase) => {
      expect(await run(llhttpCase)).toEqual({ arrived: [], refused: true })
    },
  )

  test.each(cases.filter(({ type }) => type.startsWith('request-')).map((one) => [`${one.type} ${nameOf(one)}`, one] as const))(
    '%s: a leniency of llhttp that is not ours',
    async (name, llhttpCase) => {
      const { arrived } = await run(llhttpCase)
      expect(arrived.length > 0).toBe(name in lenientCasesAccepted)
    },
  )
})

/** Whether the message is whole once the upstream has closed. */
function isWhole(message: LlhttpMessage): boolean {
  const framed = message.headers.some((name, i) => i % 2 === 0 && (sameName(name, 'content-length') || sameName(name, 'transfer-encoding')))
  return message.headersComplete && (message.complete || !framed)
}

/** null where the answer is to be refused, or cut off. */
function expectedAnswer(llhttpCase: LlhttpCase): unknown {
  const messages = messagesOf(llhttpCase)
  const final = messages.find(({ status }) => status >= 200)
  const isRefused = llhttpCase.error !== null && llhttpCase.messages === 0
  if (final === undefined || isRefused || nameOf(llhttpCase) in stricterOnResponses || !isWhole(final)) return null
  return { status: final.status, headers: endToEnd(final.headers), body: final.body }
}

function answerOf(call: RecordedCall): unknown {
  if (call.last !== 'end') return null
  const status = Number(call.events.findLast((event) => Number(event) >= 200))
  return { status, headers: endToEnd(call.headers), body: call.body }
}

describe.each(Object.entries(cuttings))('responses %s', (_cutting, cut) => {
  const random = new SeededRandom(42)
  const run = async (llhttpCase: LlhttpCase) => {
    const pieces = cut(Buffer.from(llhttpCase.input), random)
    const address = await startRawOrigin((socket) => {
      const next = (at: number): void => {
        const piece = pieces[at]
        if (piece === undefined || !socket.writable) socket.end()
        else socket.write(piece, () => next(at + 1))
      }
      socket.setNoDelay(true).once('data', () => next(0))
    })
    const { connection } = await openHttp1To(address)
    const call = record(connection.dispatch, { method: llhttpCase.meta['skipBody'] === true ? 'HEAD' : 'GET' })
    await call.ended
    return call
  }
  const strict = cases.filter((one) => one.type === 'response' && !(nameOf(one) in looserOnResponses))

  test.each(named(strict))('%s', async (_name, llhttpCase) => {
    expect(answerOf(await run(llhttpCase))).toEqual(expectedAnswer(llhttpCase))
  })

  test.each(named(cases.filter((one) => nameOf(one) in looserOnResponses)))(
    '%s is accepted, unlike by llhttp',
    async (_name, llhttpCase) => {
      expect((await run(llhttpCase)).last).toBe('end')
    },
  )
})

test('every deviation names a case', () => {
  const names = new Set(cases.flatMap((one) => [nameOf(one), `${one.type} ${nameOf(one)}`]))
  const listed = [looserOnRequests, looserOnResponses, stricterOnRequests, stricterOnResponses, lenientCasesAccepted].flatMap(Object.keys)
  expect(listed.filter((name) => !names.has(name))).toEqual([])
})
