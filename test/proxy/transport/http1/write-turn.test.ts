import { setImmediate as endOfTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { beginReading, endReading, writeSoon } from '../../../../proxy/transport/http1/write-turn.ts'

class CountingWriter {
  flushes = 0

  flush(): void {
    this.flushes++
  }
}

test('what is written within a read waits for the end of the read', () => {
  const writer = new CountingWriter()
  beginReading()
  writeSoon(writer)
  expect(writer.flushes).toBe(0)
  endReading()
})

test('a read that comes alone is answered before the turn ends', async () => {
  await endOfTurn()
  const waited = performance.now() + 1
  while (performance.now() < waited);
  const writer = new CountingWriter()
  beginReading()
  writeSoon(writer)
  endReading()
  expect(writer.flushes).toBe(1)
})

test('whoever waits is written once within the turn, in and outside of reads, one read behind the other', async () => {
  const writers = Array.from({ length: 100 }, () => new CountingWriter())
  for (const [index, writer] of writers.entries()) {
    const isRead = index % 3 !== 0
    if (isRead) beginReading()
    writeSoon(writer)
    if (isRead) endReading()
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
