import { setImmediate as endOfTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { asOneRead, writeSoon } from '../../../../proxy/transport/http1/write-turn.ts'

class CountingWriter {
  flushes = 0

  flush(): void {
    this.flushes++
  }
}

/** A read that has the writer written. */
function read(writer: CountingWriter): void {
  asOneRead(() => writeSoon(writer), Buffer.alloc(1))
}

test('what is written within a read waits for the end of the read', () => {
  const writer = new CountingWriter()
  const flushes = asOneRead(() => {
    writeSoon(writer)
    return writer.flushes
  }, Buffer.alloc(1))
  expect(flushes).toBe(0)
})

test('what a read has written before it failed is written nevertheless, and so is what follows', async () => {
  const [within, after] = [new CountingWriter(), new CountingWriter()]
  const failing = () => {
    writeSoon(within)
    throw new Error('a fault')
  }
  expect(() => asOneRead(failing, Buffer.alloc(1))).toThrow('a fault')
  writeSoon(after)
  await endOfTurn()
  expect([within.flushes, after.flushes]).toEqual([1, 1])
})

test('a read that comes alone is answered before the turn ends', async () => {
  await endOfTurn()
  const waited = performance.now() + 1
  while (performance.now() < waited);
  const writer = new CountingWriter()
  read(writer)
  expect(writer.flushes).toBe(1)
})

test('whoever waits is written once within the turn, in and outside of reads, one read behind the other', async () => {
  const writers = Array.from({ length: 100 }, () => new CountingWriter())
  for (const [index, writer] of writers.entries()) {
    if (index % 3 === 0) writeSoon(writer)
    else read(writer)
  }
  await endOfTurn()
  expect(writers.map(({ flushes }) => flushes)).toEqual(writers.map(() => 1))
})

test('a writer that has more to say while all are written is written again', async () => {
  const last = new CountingWriter()
  const first = { flush: () => writeSoon(last) }
  writeSoon(first)
  await endOfTurn()
  await endOfTurn()
  expect(last.flushes).toBe(1)
})
