import { expect, test } from 'vitest'
import { LineReader } from '../../../proxy/http/line-reader.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

function reading(maxBytes = 100) {
  const lines: string[] = []
  return { lines, reader: new LineReader(maxBytes, (line) => void lines.push(line)) }
}

test('lines are the same however the bytes are cut', () => {
  const text = 'first\n\nsecond äöü 🦊\nthird\nnot ended'
  const random = new SeededRandom(1)
  for (let round = 0; round < 500; round++) {
    const { lines, reader } = reading()
    for (let bytes = Buffer.from(text); bytes.length > 0;) {
      const cut = 1 + random.below(bytes.length)
      reader.push(bytes.subarray(0, cut))
      bytes = bytes.subarray(cut)
    }
    expect(lines).toEqual(['first', 'second äöü 🦊', 'third'])
  }
})

test('a line of just the limit is read, one byte more is refused before its end has come', () => {
  const { lines, reader } = reading(5)
  reader.push(Buffer.from('12345\n'))
  expect(lines).toEqual(['12345'])
  reader.push(Buffer.from('123'))
  expect(() => reader.push(Buffer.from('456'))).toThrow('longer than 5 bytes')
})

test('bytes that are no UTF-8 are refused', () => {
  const { reader } = reading()
  expect(() => reader.push(Buffer.from([0xc0, 0x80, 0x0a]))).toThrow(TypeError)
})
