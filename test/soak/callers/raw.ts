/**
 * Callers on bare sockets: pipelining, WebSockets, garbage, and those that vanish at some point of their call.
 */
import { connect, type Socket } from 'node:net'
import { type Caller, type Callers, errorOutcome, patienceMs } from './caller.ts'

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: t.test\r\n${more}\r\n`
const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: c29hayBzb2FrIHNvYWsgcw==\r\nSec-WebSocket-Version: 13\r\n'
const piece = 'x'.repeat(16 * 1024)
const pipelined = 10

/** Beginnings of calls; whoever says one is gone soon. */
const beginnings: readonly string[] = [
  '',
  'GET /cata',
  'PRI * HTTP/2.0\r\n\r\nSM',
  get('/catalog/bytes/1000000'),
  get('/mirrored/bytes/1000000'),
  get('/first'),
  `POST /orders HTTP/1.1\r\nHost: t.test\r\nContent-Length: 100\r\n\r\n{"orderId":`,
  `POST /mirrored/up HTTP/1.1\r\nHost: t.test\r\nContent-Length: 1000000\r\n\r\n${piece}`,
  `POST /catalog/up HTTP/1.1\r\nHost: t.test\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n${piece}\r\n0\r\nX-Sum`,
  `POST /orders HTTP/1.1\r\nHost: t.test\r\nContent-Length: 50\r\n\r\n{"orderId":7,"items":[{"price":3},{"price":4}]}   `,
  'CONNECT t.test:443 HTTP/1.1\r\nHost: t.test:443\r\n\r\n',
  get('/catalog/ws', upgrade),
]

const garbage: readonly string[] = [
  'hello there\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
  `GET / HTTP/1.1\r\nHost: t\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame, and it is long enough for one',
]

export function rawCallers({ port, tally, random }: Callers) {
  const calling =
    (kind: string, talk: (socket: Socket, over: (outcome: string) => void) => void): Caller =>
    () =>
      session(port, (outcome) => tally.count(kind, outcome), talk)
  return {
    pipelined: calling('pipelined', (socket, over) => {
      const counted = counter(/HTTP\/1\.1 \d{3}/g, pipelined, (first) => over(first.slice('HTTP/1.1 '.length)))
      socket.on('data', counted)
      socket.write(get('/catalog/1').repeat(pipelined - 1) + get('/hello', 'Connection: close\r\n'))
    }),
    websocket: calling('websocket', (socket, over) => {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
        if (!text.startsWith('HTTP/1.1 101')) over(text.slice(9, 12))
        else if (text.endsWith('the end')) over('101')
      })
      socket.write(`${get('/catalog/ws', upgrade)}some words, the end`)
    }),
    garbage: calling('garbage', (socket, over) => {
      socket.on('data', (chunk: Buffer) =>
        over(chunk.toString('latin1').startsWith('HTTP/1.1') ? chunk.toString('latin1', 9, 12) : 'other bytes'),
      )
      socket.write(random.pick(garbage))
    }),
    vanishing: calling('vanishing', (socket, over) => {
      if (random.chance(50)) socket.pause()
      socket.write(random.pick(beginnings))
      const leave = random.chance(50) ? () => socket.resetAndDestroy() : () => socket.destroy()
      setTimeout(() => {
        leave()
        over('gone')
      }, random.below(100))
    }),
  }
}

/** Counts matches over everything read; says the first one when they are all there. */
function counter(pattern: RegExp, wanted: number, all: (first: string) => void): (chunk: Buffer) => void {
  let text = ''
  return (chunk) => {
    text += chunk.toString('latin1')
    const found = text.match(pattern) ?? []
    if (found.length === wanted) all(found[0] ?? '')
  }
}

/** One connection, counted once: by what `talk` says, by its error, or as closed. */
function session(
  port: number,
  count: (outcome: string) => void,
  talk: (socket: Socket, over: (outcome: string) => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let counted = false
    const over = (outcome: string) => {
      clearTimeout(patience)
      if (!counted) count(outcome)
      counted = true
      socket.destroy()
    }
    const socket = connect(port, '127.0.0.1', () => talk(socket, over))
    const patience = setTimeout(() => over('stuck'), patienceMs)
    socket.on('error', (error) => over(errorOutcome(error)))
    socket.on('close', () => {
      over('closed')
      resolve()
    })
  })
}
