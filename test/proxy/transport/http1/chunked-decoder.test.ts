import { describe, expect, test } from 'vitest'
import type { HeaderList } from '../../../../proxy/http/headers.ts'
import { ChunkedDecoder } from '../../../../proxy/transport/http1/chunked-decoder.ts'
import { MalformedMessage } from '../../../../proxy/transport/http1/malformed-message.ts'

interface Decoded {
  readonly content: string
  readonly trailers: HeaderList | null
  readonly done: boolean
  readonly used: number
}

/** Feeds pieces of `size` bytes. */
function decode(text: string, size = text.length): Decoded {
  const decoder = new ChunkedDecoder()
  let content = ''
  let used = 0
  for (let from = 0; from < text.length && !decoder.done; from += size) {
    const piece = Buffer.from(text.slice(from, from + size), 'latin1')
    for (let at = 0; at < piece.length && !decoder.done;) {
      const next = decoder.read(piece, at)
      content += decoder.content?.toString('latin1') ?? ''
      used += next - at
      at = next
    }
  }
  return { content, trailers: decoder.trailers, done: decoder.done, used }
}

describe.each([1, 2, 3, 7, 1_000])('in pieces of %d bytes', (size) => {
  test.each([
    ['nothing', '0\r\n\r\n', '', null],
    ['two chunks', '3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n', 'abc0123456789', null],
    ['content that looks like framing', '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n', '\r\n0\r\n\r\n', null],
    ['extensions are dropped', '3;a=b;c="d e"\r\nabc\r\n0;x\r\n\r\n', 'abc', null],
    ['zeros before the size', '0003\r\nabc\r\n000\r\n\r\n', 'abc', null],
    ['trailers', '1\r\na\r\n0\r\nX-Sum: 1\r\nGrpc-Status:0\r\n\r\n', 'a', ['X-Sum', '1', 'Grpc-Status', '0']],
  ])('%s', (_title, text, content, trailers) => {
    expect(decode(`${text}GET /next`, size)).toEqual({ content, trailers, done: true, used: text.length })
  })

  test.each([
    '\r\n',
    'g\r\n',
    ' 3\r\nabc\r\n',
    '3 \r\nabc\r\n',
    '0x3\r\nabc\r\n',
    '+3\r\nabc\r\n',
    '-1\r\n',
    '3\nabc\r\n',
    '3\rabc\r\n',
    '3\r\nabcd\r\n',
    '3\r\nabc\n',
    '3\r\nabc\rX',
    '3;a\x00\r\nabc\r\n',
    '3;a\nabc\r\n',
    'ffffffffffffffffff\r\n',
    '0\r\nX: y\n\r\n',
    '0\r\n\n',
    '0\r\nno colon\r\n\r\n',
    '0\r\n folded\r\n\r\n',
    '0\r\nX: a\x00\r\n\r\n',
    '0\r\nContent-Length: 3\r\n\r\n',
    '0\r\nTransfer-Encoding: chunked\r\n\r\n',
    '0\r\nHost: b.test\r\n\r\n',
    '0\r\nAuthorization: b\r\n\r\n',
    '0\r\nConnection: close\r\n\r\n',
    '0\r\nContent-Type: t\r\n\r\n',
    '0\r\nTE: trailers\r\n\r\n',
  ])('%j is refused', (text) => {
    expect(() => decode(text, size)).toThrow(MalformedMessage)
  })
})

test('extensions are bounded over the whole body', () => {
  const one = `1;${'x'.repeat(100)}\r\na\r\n`
  expect(decode(one.repeat(5)).content).toBe('aaaaa')
  expect(() => decode(one.repeat(6))).toThrow('extensions')
})

test('trailers are bounded', () => {
  expect(() => decode(`0\r\nx: ${'y'.repeat(16_384)}`)).toThrow('trailers')
  expect(() => decode(`0\r\n${'x: y\r\n'.repeat(101)}\r\n`)).toThrow('more than 100 fields')
})
