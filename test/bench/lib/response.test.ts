import { describe, expect, it } from 'vitest'
import { ResponseReader, noAnswer, responseExtent } from '../../../bench/lib/response.ts'

function extent(text: string) {
  return responseExtent(Buffer.from(text, 'latin1'))
}

describe('the extent of a response', () => {
  it('is head and Content-Length, whatever the case of the field', () => {
    const head = 'HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: 5\r\n\r\n'
    expect(extent(`${head}hello`)).toEqual({ status: 200, length: head.length + 5 })
  })

  it('is unknown while the head is incomplete', () => {
    expect(extent('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n')).toBeUndefined()
  })

  it('ends a chunked body behind its trailer section', () => {
    const text = 'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\na;x=y\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n'
    expect(extent(text)).toEqual({ status: 503, length: text.length })
  })

  it('does not take a zero within a chunk for the last chunk', () => {
    expect(extent('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n')).toBeUndefined()
  })

  it('runs to the end of the connection where there is no framing', () => {
    expect(extent('HTTP/1.1 200 OK\r\n\r\nhello')).toEqual({ status: 200, length: Number.POSITIVE_INFINITY })
  })
})

describe('the reader of responses', () => {
  const small = 'HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello'
  const chunked = 'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'

  it.each([small, chunked])('tells the status with the last byte, wherever it is cut', (text) => {
    const reader = new ResponseReader()
    const statuses = text.split('').map((byte) => reader.take(Buffer.from(byte)))
    expect(statuses.slice(0, -1).every((status) => status === -1)).toBe(true)
    expect(statuses.at(-1)).toBe(Number(text.slice(9, 12)))
    expect(reader.take(Buffer.from(text))).toBe(Number(text.slice(9, 12)))
  })

  it('keeps nothing of bytes that its caller uses again', () => {
    const reader = new ResponseReader()
    const shared = Buffer.from(small.slice(0, 20))
    reader.take(shared)
    shared.fill('?')
    expect(reader.take(Buffer.from(small.slice(20)))).toBe(201)
  })

  it('takes the end of the connection for the end of a response without framing, and of no other', () => {
    const reader = new ResponseReader()
    expect(reader.take(Buffer.from('HTTP/1.1 200 OK\r\n\r\nhel'))).toBe(-1)
    expect(reader.end()).toBe(200)
    reader.take(Buffer.from(small.slice(0, -1)))
    expect(reader.end()).toBe(noAnswer)
    expect(reader.take(Buffer.from(small))).toBe(201)
  })
})
