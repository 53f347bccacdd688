import { expect, test } from 'vitest'
import { beginRead, endRead, free, giveBack, lend } from '../../../proxy/runtime/read-buffers.ts'

const kib = 1024

/** As a socket reads it: memory of its own. */
function readOf(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes)).fill(1)
}

test('a large read whose content all came back is free', () => {
  const read = readOf(64 * kib)
  beginRead(read)
  for (const content of [read.subarray(100, 20_000), read.subarray(20_000)]) {
    lend(content)
    giveBack(content)
  }
  expect(endRead(read.length, true)).toBe(true)
})

test('a read of which nothing was lent is free: it was a head, or framing', () => {
  const read = readOf(16 * kib)
  beginRead(read)
  expect(endRead(read.length, true)).toBe(true)
})

test.each([
  ['content is kept', (read: Buffer) => lend(read), true],
  ['one of two who have it keeps it', (read: Buffer) => [lend(read), lend(read), giveBack(read)], true],
  ['something is not decoded yet', () => undefined, false],
])('a read is not free when %s', (_name, use, isUsed) => {
  const read = readOf(64 * kib)
  beginRead(read)
  use(read)
  expect(endRead(read.length, isUsed)).toBe(false)
})

test('what comes back late, of a read before this one, frees neither', () => {
  const [first, second] = [readOf(64 * kib), readOf(64 * kib)]
  beginRead(first)
  lend(first)
  endRead(first.length, true)
  beginRead(second)
  lend(second)
  giveBack(first)
  expect(endRead(second.length, true)).toBe(false)
})

test('small reads are left to the collector', () => {
  const read = readOf(16 * kib - 1)
  beginRead(read)
  expect(endRead(read.length, true)).toBe(false)
})

test('memory is freed at once, unless there is more in it', () => {
  const [whole, part] = [readOf(64 * kib), readOf(64 * kib).subarray(1)]
  free(whole)
  free(part)
  expect([whole.buffer.byteLength, part.buffer.byteLength]).toEqual([0, 64 * kib])
})
