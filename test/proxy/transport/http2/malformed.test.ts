import { constants } from 'node:http2'
import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { FrameCaller } from '../../../harness/frame-caller.ts'
import { call, openCaller, pseudo } from '../../../harness/http2-caller.ts'
import { data, errorCode, flag, frameType, headers } from '../../../harness/http2-frames.ts'
import { startHttp2Listener } from '../../../harness/http2-listener.ts'

function refuseAll(): void {
  throw new Error('a malformed request became an exchange')
}

function answer({ body, reply }: Exchange): void {
  body?.cancel()
  reply.start(200, [])
  reply.end()
}

const path = [':method', 'GET', ':scheme', 'http', ':path', '/']

test.each([
  ['Host and :authority that differ', [...pseudo('GET'), 'host', 'other.test']],
  ['an :authority that is none', [...path, ':authority', 'shop.test:port']],
  ['a scheme that is not served', [':method', 'GET', ':scheme', 'ftp', ':authority', 'shop.test', ':path', '/']],
  ['an absolute :path', [':method', 'GET', ':scheme', 'ftp', ':authority', 'shop.test', ':path', 'http://shop.test/']],
  ['a :path of * for anything but OPTIONS', [':method', 'GET', ':scheme', 'ftp', ':authority', 'shop.test', ':path', '*']],
])('%s is 400 DPE, and the connection lives on', async (_title, fields) => {
  const listener = await startHttp2Listener(refuseAll)
  const caller = await FrameCaller.open(listener.port)
  caller.send(headers(1, fields))
  const head = await caller.reader.nextOf(frameType.headers, 1)
  expect(head.payload[0]).toBe(0x8c)
  const body = await caller.reader.nextOf(frameType.data, 1)
  expect(JSON.parse(body.payload.toString())).toMatchObject({ status: 400, title: 'Malformed request' })
  expect(listener.malformed).toMatchObject([{ error: { code: 'bad_request' }, facts: { status: 400, callerAddress: '127.0.0.1' } }])
  expect(caller.reader.closed).toBe(false)
})

test.each([
  ['connection', 'close'],
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
  ['transfer-encoding', 'chunked'],
  ['upgrade', 'websocket'],
  ['te', 'gzip'],
  ['X-Upper', 'case'],
  ['content-length', '010x'],
])('the field `%s: %s` resets the stream with PROTOCOL_ERROR', async (name, value) => {
  const { port } = await startHttp2Listener(refuseAll)
  const caller = await FrameCaller.open(port)
  caller.get(1, [name, value])
  expect(errorCode(await caller.reader.nextOf(frameType.rstStream, 1))).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
})

test.each([
  ['two Hosts', [...pseudo('GET'), 'host', 'shop.test', 'host', 'shop.test']],
  ['no authority', path],
  ['no authority but an empty Host', [...path, 'host', '']],
  ['an empty :authority', [...path, ':authority', '']],
  ['user information in :authority', [...path, ':authority', 'user@shop.test']],
  ['two :path fields', [...pseudo('GET'), ':path', '/b']],
  ['a pseudo field after an ordinary one', ['x', 'y', ...pseudo('GET')]],
  ['an unknown pseudo field', [...pseudo('GET'), ':proto', 'x']],
  ['extended CONNECT, which is not offered', [...pseudo('CONNECT'), ':protocol', 'websocket']],
])('%s resets the stream with PROTOCOL_ERROR', async (_title, fields) => {
  const { port } = await startHttp2Listener(refuseAll)
  const caller = await FrameCaller.open(port)
  caller.send(headers(1, fields))
  expect(errorCode(await caller.reader.nextOf(frameType.rstStream, 1))).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
})

test.each(['\0', '\x01', '\r', '\n', '\x7f'])('a control byte in a value does not get through (%j)', async (byte) => {
  const seen: Exchange[] = []
  const { port } = await startHttp2Listener((exchange) => {
    seen.push(exchange)
    answer(exchange)
  })
  const caller = await FrameCaller.open(port)
  caller.get(1, ['x-bad', `a${byte}b`, 'x-good', 'c'])
  await caller.reader.next(({ stream }) => stream === 1)
  expect(seen.flatMap((exchange) => exchange.headers).filter((text) => text.includes(byte))).toEqual([])
})

test('Host stands in for :authority, whatever its case where both say the same', async () => {
  const seen: Exchange[] = []
  const { port } = await startHttp2Listener((exchange) => {
    seen.push(exchange)
    answer(exchange)
  })
  const caller = await FrameCaller.open(port)
  caller.send(headers(1, [...path, 'host', 'shop.test']), headers(3, [...pseudo('GET'), 'host', 'SHOP.test']))
  await caller.reader.nextOf(frameType.headers, 3)
  expect(seen.map(({ authority }) => authority)).toEqual(['shop.test', 'shop.test'])
  expect(seen.map((exchange) => exchange.headers)).toEqual([
    ['host', 'shop.test'],
    ['host', 'shop.test'],
  ])
})

test('CONNECT and OPTIONS * are passed on for others to answer', async () => {
  const seen: string[] = []
  const { port } = await startHttp2Listener((exchange) => {
    seen.push(`${exchange.method} ${exchange.authority} ${exchange.path}`)
    answer(exchange)
  })
  const caller = await FrameCaller.open(port)
  caller.send(headers(1, [':method', 'CONNECT', ':authority', 'shop.test:443'], false), headers(3, pseudo('OPTIONS', '*')))
  await caller.reader.nextOf(frameType.headers, 3)
  expect(seen).toEqual(['CONNECT shop.test:443 ', 'OPTIONS shop.test *'])
})

test('a body that contradicts its Content-Length fails and never looks complete', async () => {
  const ends: string[] = []
  const over = Promise.withResolvers<void>()
  const { port } = await startHttp2Listener(({ body }) => {
    body?.start({
      onBodyData: () => undefined,
      onBodyEnd: () => ends.push('end'),
      onBodyError: ({ code }) => {
        ends.push(code)
        over.resolve()
      },
    })
  })
  const caller = await FrameCaller.open(port)
  caller.send(headers(1, [...pseudo('POST'), 'content-length', '10'], false), data(1, 'short', true))
  await over.promise
  expect(ends).toEqual(['caller_gone'])
})

test.each(['before its head', 'within its body'])('a reply cut off %s never looks complete', async (when) => {
  const { port } = await startHttp2Listener(({ reply }) => {
    if (when === 'within its body') {
      reply.start(200, [])
      reply.write(Buffer.from('part'))
    }
    setImmediate(() => reply.abort(new ProxyError('upstream_closed')))
  })
  const caller = await FrameCaller.open(port)
  caller.get(1)
  await caller.reader.nextOf(frameType.rstStream, 1)
  expect(caller.reader.frames.filter((frame) => frame.stream === 1 && frame.flags & flag.endStream)).toEqual([])
})

test.each([
  ['fields', Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'v']).flat()],
  ['bytes', ['x-long', 'v'.repeat(16 * 1024)]],
])('more %s than allowed are 431', async (_what, extra) => {
  const listener = await startHttp2Listener(refuseAll)
  const got = await call(await openCaller(listener.port), [...pseudo('GET'), ...extra])
  expect(got.status).toBe(431)
  expect(listener.malformed).toMatchObject([{ error: { code: 'header_too_large' }, facts: { status: 431 } }])
})

test('100 fields and nearly 16 KiB pass', async () => {
  const { port } = await startHttp2Listener(answer)
  const fields = Array.from({ length: 100 }, (_, i) => [`x-${i}`, 'v'.repeat(140)]).flat()
  expect((await call(await openCaller(port), [...pseudo('GET'), ...fields])).status).toBe(200)
})

test('field sections far beyond the limit reset the stream', async () => {
  const { port } = await startHttp2Listener(refuseAll)
  const got = await call(await openCaller(port), [...pseudo('GET'), ...Array.from({ length: 500 }, (_, i) => [`x-${i}`, 'v']).flat()])
  expect(got).toMatchObject({ status: 0, resetBy: constants.NGHTTP2_ENHANCE_YOUR_CALM })
})
