import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../../../proxy/http/exchange.ts'
import { startListener } from '../../../harness/http1-listener.ts'
import { RawConnection, rawCall } from '../../../harness/raw-call.ts'

const closing = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const closing10 = 'GET / HTTP/1.0\r\n\r\n'
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

async function answerOf(request: string, answer: (exchange: Exchange) => void): Promise<string> {
  const { port } = await startListener(answer)
  return rawCall(port, request)
}

test('a reply with Content-Length goes out as it is, names in their case', async () => {
  const text = await answerOf(closing, ({ reply }) => {
    reply.start(201, ['X-One', '1', 'Content-LENGTH', '4', 'x-one', '2'], 'Made')
    reply.write(Buffer.from('bo'))
    reply.write(Buffer.from('dy'))
    reply.end()
  })
  expect(text).toBe('HTTP/1.1 201 Made\r\nX-One: 1\r\nContent-LENGTH: 4\r\nx-one: 2\r\nconnection: close\r\n\r\nbody')
})

test('a reply without Content-Length is chunked, with its trailers', async () => {
  const text = await answerOf(closing, ({ reply }) => {
    reply.start(200, [])
    reply.write(Buffer.from('hello'))
    reply.write(Buffer.alloc(0))
    reply.write(Buffer.alloc(16, 'x'))
    reply.end(['X-Sum', '1', 'content-length', '7'])
  })
  const chunks = `5\r\nhello\r\n10\r\n${'x'.repeat(16)}\r\n0\r\nX-Sum: 1\r\n\r\n`
  expect(text).toBe(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunks}`)
})

test('a caller of HTTP/1.0 gets no chunks: the body ends with the connection', async () => {
  const text = await answerOf(closing10, ({ reply }) => {
    reply.inform(103, ['link', '</x>'])
    reply.start(200, [])
    reply.write(Buffer.from('hello'))
    reply.end(['X-Sum', '1'])
  })
  expect(text).toBe('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello')
})

test.each([
  ['HEAD', head, 200, ['content-length', '7'], 'HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\n'],
  [
    '304',
    closing,
    304,
    ['content-length', '7', 'etag', 'x'],
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\netag: x\r\nconnection: close\r\n\r\n',
  ],
  ['204', closing, 204, ['content-length', '0'], 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'],
])('%s has no body', async (_title, request, status, headers, expected) => {
  const text = await answerOf(request, ({ reply }) => {
    reply.start(status, headers)
    reply.write(Buffer.from('ignored'))
    reply.end()
  })
  expect(text).toBe(expected)
})

test('interim answers come before the final one', async () => {
  const text = await answerOf(closing, ({ reply }) => {
    reply.inform(100, [])
    reply.inform(103, ['link', '</x>', 'content-length', '9'])
    reply.start(200, ['content-length', '0'])
    reply.end()
  })
  const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'
  expect(text).toBe(`${interim}HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
})

test('fields that frame or belong to the connection are never copied, and one length is enough', async () => {
  const forged = [
    'Transfer-Encoding',
    'chunked',
    'Connection',
    'keep-alive',
    'Keep-Alive',
    '1',
    'Upgrade',
    'x',
    'content-length',
    '2',
    'Content-Length',
    '99',
  ]
  const text = await answerOf(closing, ({ reply }) => {
    reply.start(200, forged)
    reply.write(Buffer.from('ok'))
    reply.end()
  })
  expect(text).toBe('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok')
})

test.each([
  ['a CR in a value', ['x', 'a\rSet-Cookie: b']],
  ['an LF in a value', ['x', 'a\nb']],
  ['NUL in a value', ['x', 'a\0b']],
  ['a character that latin1 would turn into CR', ['x', 'a\u010db']],
  ['an LF in a name', ['x\n', 'a']],
  ['a colon in a name', [':status', '200']],
  ['an odd Content-Length', ['content-length', '1,1']],
])('%s is refused before anything is sent', async (_title, headers) => {
  const errors: unknown[] = []
  const text = await answerOf(closing, ({ reply }) => {
    try {
      reply.start(200, headers)
    } catch (error) {
      errors.push(error)
    }
    expect(reply.started).toBe(false)
    reply.start(502, ['content-length', '0'])
    reply.end()
  })
  expect(errors).toEqual([expect.objectContaining({ code: 'upstream_protocol' })])
  expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
})

test.each([
  ['more than', '3'],
  ['less than', '5'],
])('a body of %s its Content-Length cuts the connection', async (_title, length) => {
  const text = await answerOf(closing, ({ reply }) => {
    reply.start(200, ['content-length', length])
    reply.write(Buffer.from('four'))
    reply.end()
    expect(reply.closed).toBe(true)
  })
  expect(text.endsWith('four')).toBe(length === '5')
})

test('an aborted chunked reply ends without its last chunk', async () => {
  const text = await answerOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n', ({ reply }) => {
    reply.start(200, [])
    reply.write(Buffer.from('part'))
    reply.abort(new ProxyError('upstream_closed'))
    reply.write(Buffer.from('never'))
  })
  expect(text.endsWith('4\r\npart\r\n')).toBe(true)
})

test('an aborted reply whose end is the end of the connection is reset, so nobody takes it for whole', async () => {
  const { port } = await startListener(({ reply }) => {
    reply.start(200, [])
    reply.write(Buffer.from('part'))
    reply.abort(new ProxyError('upstream_closed'))
  })
  await expect(rawCall(port, closing10)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test('a large reply goes out whole, and write says when the caller is slow', async () => {
  const chunk = Buffer.alloc(256 * 1024, 'x')
  const chunks = 64
  let pauses = 0
  const { port } = await startListener(({ reply }) => {
    let sent = 0
    const more = () => {
      while (sent < chunks) {
        sent++
        if (!reply.write(chunk)) {
          pauses++
          return
        }
      }
      reply.end()
    }
    reply.onDrain = more
    reply.start(200, ['content-length', String(chunk.length * chunks)])
    more()
  })
  const text = await rawCall(port, closing)
  expect(text.length - text.indexOf('\r\n\r\n') - 4).toBe(chunk.length * chunks)
  expect(pauses).toBeGreaterThan(0)
})

test('a head goes out when the body takes its time', async () => {
  const { port } = await startListener(({ reply }) => reply.start(200, ['content-type', 'text/event-stream']))
  const caller = new RawConnection(port)
  caller.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await caller.until('\r\n\r\n')).toContain('text/event-stream')
})
