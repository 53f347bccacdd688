/**
 * What upstreams do wrong, each as a raw socket server with one vice, and what a caller is told of it.
 */
import type { Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { certificateFiles, readCertificate } from '../harness/certificates.ts'
import { data, frame, FrameReader, frameType, goaway, headers, rstStream, settings, settingsAck } from '../harness/http2-frames.ts'
import { refusingAddress, saying, startRawOrigin } from '../harness/raw-origin.ts'

/** Status and flag before the answer began; the flag alone where it had begun and was cut off. */
export type Told = readonly [status: number, flag: string] | { readonly cut: string }

export interface Fault {
  readonly name: string
  /** @returns `host:port` of the ill upstream. */
  start(): Promise<string>
  readonly told: Told
  /** It shows only when a time limit has passed. Default: where that is what the caller is told. */
  readonly waits?: true
  /** YAML of further keys of the upstream. */
  readonly upstream?: string
}

type Serve = (socket: Socket) => void

const ok = 'HTTP/1.1 200 OK\r\n'
const plain = `${ok}Content-Length: 5\r\n\r\nhello`
const half = `${ok}Content-Length: 10\r\n\r\nhello`
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`
/** Reads, so that it notices when the other side closes. */
const listen: Serve = (socket) => void socket.resume()
const fin: Serve = (socket) => void socket.end()
const rst: Serve = (socket) => void socket.resetAndDestroy()

function raw(name: string, told: Told, serve: Serve, upstream = ''): Fault {
  return { name, told, upstream, start: () => startRawOrigin(serve) }
}

/** Says the bytes when asked, and then does something once they have arrived in a packet of their own. */
function says(name: string, told: Told, bytes: string, then: Serve = () => undefined): Fault {
  return raw(name, told, (socket) => {
    socket.once('data', () => void socket.write(bytes, 'latin1', () => setImmediate(then, socket)))
  })
}

/** Says the same over and over, one piece each `everyMs`; 0 for as fast as it is taken. */
function drips(name: string, told: Told, begin: string, piece: string, everyMs: number): Fault {
  return raw(name, told, (socket) => {
    socket.once('data', () => {
      socket.write(begin)
      const more = (): void => {
        if (!socket.writable) return
        const isTaken = socket.write(piece)
        if (everyMs > 0) setTimeout(more, everyMs)
        else if (isTaken) setImmediate(more)
        else socket.once('drain', more)
      }
      more()
    })
  })
}

const UC = [502, 'UC'] as const
const UR = [502, 'UR'] as const
const UPE = [502, 'UPE'] as const
const UT = [504, 'UT'] as const
const UF = [503, 'UF'] as const
const fields = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join('')

const http1Faults: readonly Fault[] = [
  { name: 'nobody listens', told: UF, start: refusingAddress },
  raw('it closes as soon as it has accepted', UC, (socket) => void socket.resume().end()),
  raw('it resets as soon as it has accepted', UR, (socket) => setImmediate(rst, socket)),
  raw('it closes when asked', UC, (socket) => void socket.once('data', () => socket.end())),
  raw('it resets when asked', UR, (socket) => void socket.once('data', () => socket.resetAndDestroy())),
  says('it closes within the head', UC, ok, fin),
  says('it resets within the head', UR, ok, rst),
  says('it closes within the body', { cut: 'UC' }, half, fin),
  says('it resets within the body', { cut: 'UR' }, half, rst),
  says('it closes within a chunk', { cut: 'UC' }, `${chunked}5\r\nhe`, fin),
  says('it closes within the trailers', { cut: 'UC' }, `${chunked}0\r\nX-Sum`, fin),
  says('it closes after the answer', [200, ''], plain, fin),
  says('it resets after the answer', [200, ''], plain, rst),
  raw('it hangs before the head', UT, listen),
  says('it hangs within the head', UT, ok),
  says('it hangs within the body', { cut: 'UT' }, half),
  says('it hangs within the trailers', { cut: 'UT' }, `${chunked}0\r\nX-Sum`),
  drips('its head drips', UT, ok, 'X: 1\r\n', 40),
  drips('its body drips', { cut: 'UT' }, `${ok}Content-Length: 1000\r\n\r\n`, 'x', 40),
  says('its head is garbage', UPE, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'),
  says('its chunks are garbage', { cut: 'UPE' }, `${chunked}zz\r\n`),
  says('its head is over 16 KiB', UPE, `${ok}X: ${'a'.repeat(17_000)}\r\n\r\n`),
  says('its head has more than 100 fields', UPE, `${ok}${fields(101)}\r\n`),
  drips('its head never ends', UPE, ok, fields(5), 0),
  drips('its trailers never end', { cut: 'UPE' }, `${chunked}0\r\n`, fields(5), 0),
  says('it sends 100 early hints before its answer', [200, ''], 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100) + plain, fin),
  says('it sends 1,000 early hints before its answer', UPE, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(1_000) + plain),
  drips('it sends early hints for ever', UPE, '', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', 0),
  says('it speaks HTTP/2', UPE, settings().toString('latin1')),
]

/** @param serve given each socket once its first bytes, preface and settings, are there. */
function http2(name: string, told: Told, serve: Serve): Fault {
  return raw(name, told, (socket) => void socket.once('data', () => serve(socket)), ', protocol: http2')
}

const repeated = (times: number, frames: Buffer) => Buffer.concat(Array.from({ length: times }, () => frames))
const halfAnswer = (stream: number) =>
  Buffer.concat([headers(stream, [':status', '200', 'content-length', '10'], false), data(stream, 'hello')])

/** Answers each stream with these frames, and then does something once they have left. */
function answering(name: string, told: Told, frames: (stream: number) => Buffer, then: Serve = () => undefined): Fault {
  const serve: Serve = (socket) => {
    const reader = new FrameReader(socket, 'server')
    socket.write(Buffer.concat([settings(), settingsAck]))
    let seen = 0
    socket.on('data', () => {
      for (const { type, stream } of reader.frames.slice(seen)) {
        if (type === frameType.headers) socket.write(frames(stream), () => setImmediate(then, socket))
      }
      seen = reader.frames.length
    })
  }
  return raw(name, told, serve, ', protocol: http2')
}

const http2Faults: readonly Fault[] = [
  http2('HTTP/2: it speaks HTTP/1.1', UPE, (socket) => void socket.write(plain)),
  http2('HTTP/2: it closes at once', UC, fin),
  http2('HTTP/2: it says nothing', UT, () => undefined),
  http2('HTTP/2: it answers with settings only', UT, (socket) => void socket.write(Buffer.concat([settings(), settingsAck]))),
  answering('HTTP/2: it resets every stream', UR, (stream) => rstStream(stream, 2)),
  answering('HTTP/2: it sends early hints for ever', UPE, (stream) =>
    repeated(200, headers(stream, [':status', '103', 'link', '</a>'], false)),
  ),
  answering('HTTP/2: it closes within the body', { cut: 'UC' }, halfAnswer, fin),
  // nghttp2 leaves such a field out and goes on; it is not sent on in any case.
  answering('HTTP/2: a field has a line break in it', [200, ''], (stream) => headers(stream, [':status', '200', 'x-a', 'a\r\nx-b: c'])),
  answering('HTTP/2: a field belongs to HTTP/1.1', UPE, (stream) => headers(stream, [':status', '200', 'transfer-encoding', 'chunked'])),
  answering('HTTP/2: its status is none', UPE, (stream) => headers(stream, [':status', 'fine'])),
  answering('HTTP/2: it hangs within the body', { cut: 'UT' }, halfAnswer),
  http2('HTTP/2: it goes away with an error', UR, (socket) => void socket.end(Buffer.concat([settings(), goaway(1, 2)]))),
  http2('HTTP/2: it sends a frame that is too large', UPE, (socket) => {
    socket.write(Buffer.concat([settings(), frame(frameType.data, 0, 1, Buffer.alloc(20_000))]))
  }),
]

/** A TLS server with the certificate of the tests; what connects must trust `ca` to be satisfied. */
async function startTls(): Promise<string> {
  const { cert, key } = certificateFiles.server
  const server = createServer({ cert: readCertificate(cert), key: readCertificate(key) }, (socket) => {
    socket.on('error', () => undefined).end(plain)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const trusting = `, tls: { ca: ${JSON.stringify(certificateFiles.ca)} }`

const tlsFaults: readonly Fault[] = [
  raw('TLS: it closes in the handshake', UF, (socket) => void socket.once('data', () => socket.end()), trusting),
  raw('TLS: it resets in the handshake', UF, (socket) => void socket.once('data', () => socket.resetAndDestroy()), trusting),
  { ...raw('TLS: it hangs in the handshake', UF, listen, trusting), waits: true },
  raw('TLS: it speaks in the clear', UF, saying(plain), trusting),
  {
    name: 'TLS: its certificate is for another name',
    told: UF,
    start: startTls,
    upstream: `, tls: { ca: ${JSON.stringify(certificateFiles.ca)}, serverName: other.test }`,
  },
  { name: 'TLS: nobody vouches for its certificate', told: UF, start: startTls, upstream: ', tls: {}' },
]

export const faults: readonly Fault[] = [...http1Faults, ...http2Faults, ...tlsFaults]
