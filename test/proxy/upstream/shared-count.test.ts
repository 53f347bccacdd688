import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { SharedCount } from '../../../proxy/upstream/shared-count.ts'

function cellsFor(threads: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * SharedCount.size(threads)))
}

test('the limit is for all threads together', () => {
  const cells = cellsFor(2)
  const [one, other] = [new SharedCount(cells, 0, 0), new SharedCount(cells, 0, 1)]
  expect([one.take(3), other.take(3), other.take(3), one.take(3), other.take(3)]).toEqual([true, true, true, false, false])
  expect(one.total).toBe(3)
  other.add(-1)
  expect([one.take(3), one.take(3)]).toEqual([true, false])
})

test('what a thread had is given back for it, and nothing else', () => {
  const cells = cellsFor(2)
  const [one, other] = [new SharedCount(cells, 0, 0), new SharedCount(cells, 0, 1)]
  one.add(5)
  other.add(2)
  SharedCount.giveBack(cells, 0, 0)
  expect(other.total).toBe(2)
  SharedCount.giveBack(cells, 0, 0)
  expect(other.total).toBe(2)
})

test('threads that take and give at the same time never exceed the limit, and end at zero', async () => {
  const cells = cellsFor(3)
  const module = new URL('../../../proxy/upstream/shared-count.ts', import.meta.url).href
  const program = `
    const { workerData: { cells, thread, module }, parentPort } = require('node:worker_threads')
    import(module).then(({ SharedCount }) => {
      const count = new SharedCount(cells, 0, thread)
      let most = 0
      for (let i = 0; i < 200000; i++) {
        if (!count.take(2)) continue
        most = Math.max(most, count.total)
        count.add(-1)
      }
      parentPort.postMessage(most)
    })`
  const most = await Promise.all(
    [0, 1, 2].map(async (thread) => {
      const worker = new Worker(program, { eval: true, workerData: { cells, thread, module } })
      return new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    }),
  )
  expect(Math.max(...most)).toBeLessThanOrEqual(2)
  expect([...cells]).toEqual([0, 0, 0, 0])
})
