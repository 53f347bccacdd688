import { describe, expect, it } from 'vitest'
import { RequestReader } from '../../../bench/lib/request-reader.ts'

const requests = 'GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 5\r\n\r\n12345GET /c HTTP/1.1\r\n\r\n'

function read(pieces: readonly string[]): string[] {
  const paths: string[] = []
  const reader = new RequestReader((path) => paths.push(path))
  for (const piece of pieces) reader.take(Buffer.from(piece))
  return paths
}

describe('the reader of requests', () => {
  it('tells the path of each, whole ones at once', () => {
    expect(read([requests])).toEqual(['/a', '/b', '/c'])
  })

  it('reads the same wherever the bytes are cut', () => {
    for (let at = 1; at < requests.length; at++) expect(read([requests.slice(0, at), requests.slice(at)])).toEqual(['/a', '/b', '/c'])
    expect(read(requests.split(''))).toEqual(['/a', '/b', '/c'])
  })

  it('waits for the end of a body', () => {
    expect(read(['POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\n12'])).toEqual([])
  })
})
