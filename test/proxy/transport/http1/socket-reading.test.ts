/**
 * Where reads go, and whose memory that is. Node's part is played here: it asks for memory, fills it, says how much, asks again.
 */
import { once } from 'node:events'
import { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { DirectReading } from '../../../../proxy/transport/http1/socket-reading.ts'
import { collectGarbage } from '../../../harness/collect-garbage.ts'

const kib = 1024
const smallRoom = 68 * kib
/** Bodies that may have a large memory at once. */
const largeMemories = 32

interface ReadFrom {
  readonly chunks: Buffer[]
  /** What the reader says next. */
  isOut: boolean
  /** Messages that are to come. */
  active: number
  /** Bytes of the memory that the next read goes to. */
  readonly room: number
  /** @returns the chunk that the reader got. */
  read(bytes: number, content?: number): Buffer | undefined
  close(): Promise<void>
}

function startReading(): ReadFrom {
  const reading = new DirectReading()
  const { onread } = reading
  const next = () => (typeof onread.buffer === 'function' ? onread.buffer() : onread.buffer) as Buffer
  let memory = next()
  const socket = new Socket()
  const chunks: Buffer[] = []
  const one = {
    chunks,
    isOut: true,
    active: 1,
    get room() {
      return memory.length
    },
    onChunk(chunk: Buffer) {
      chunks.push(chunk)
      return one.isOut
    },
    read(bytes: number, content = 0) {
      memory.fill(content, 0, bytes)
      onread.callback(bytes, memory)
      memory = next()
      return chunks.at(-1)
    },
    async close() {
      if (!socket.closed) await once(socket.destroy(), 'close')
    },
  }
  onTestFinished(() => one.close())
  reading.of(socket).begin(one)
  return one
}

/** In the midst of a large body that is written as fast as it comes. */
function startLargeBody(): ReadFrom {
  const body = startReading()
  body.read(64 * kib)
  return body
}

test('chunks that are kept stay as they came, whatever is read after them', () => {
  const one = startReading()
  const expected: { i: number; bytes: number; isKept: boolean }[] = []
  for (let i = 0; i < 40; i++) {
    one.isOut = i % 3 === 0
    const bytes = one.room >>> (i % 5)
    expected.push({ i, bytes, isKept: !one.isOut })
    one.read(bytes, i)
  }
  const kept = expected.filter(({ isKept }) => isKept)
  expect(kept.map(({ i }) => [one.chunks[i]?.[0], one.chunks[i]?.at(-1), one.chunks[i]?.length])).toEqual(
    kept.map(({ i, bytes }) => [i, i, bytes]),
  )
})

test('a body that is written as fast as it comes is read into one large memory, and handed on without a copy', () => {
  const one = startLargeBody()
  expect(one.room).toBe(256 * kib)
  const [first, second] = [one.read(256 * kib), one.read(20 * kib)]
  expect([second?.buffer === first?.buffer, second?.length]).toEqual([true, 20 * kib])
})

test('one that is not gets no more at once than any other', () => {
  const one = startLargeBody()
  one.isOut = false
  one.read(256 * kib)
  expect(one.room).toBe(smallRoom)
})

test('the large memory is for the body: what comes after it is read as if it were small', () => {
  const one = startLargeBody()
  one.active = 0
  one.read(256 * kib)
  expect(one.room).toBe(smallRoom)
})

test('so many bodies have a large memory at once, those included that stand still, until they go on or end', async () => {
  const bodies = Array.from({ length: largeMemories }, startLargeBody)
  for (const body of bodies) {
    body.isOut = false
    body.read(256 * kib)
  }
  const further = startLargeBody()
  expect(further.room).toBe(smallRoom)
  bodies[0]?.read(kib)
  further.read(64 * kib)
  expect(further.room).toBe(256 * kib)
  const last = startLargeBody()
  expect(last.room).toBe(smallRoom)
  await bodies[1]?.close()
  last.read(64 * kib)
  expect(last.room).toBe(256 * kib)
})

test('who holds the last chunk of a body has its memory counted for as long', async () => {
  const holders = Array.from({ length: largeMemories }, startLargeBody)
  for (const holder of holders) Object.assign(holder, { isOut: false, active: 0 }).read(256 * kib)
  for (const holder of holders) holder.read(kib)
  const further = startLargeBody()
  expect(further.room).toBe(smallRoom)
  for (const holder of holders) holder.chunks.length = 0
  await expect
    .poll(async () => {
      await collectGarbage()
      further.read(64 * kib)
      return further.room
    })
    .toBe(256 * kib)
})
