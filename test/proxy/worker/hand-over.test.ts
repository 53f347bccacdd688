import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { HandOver, type Taker } from '../../../proxy/worker/hand-over.ts'

class CountingTaker implements Taker {
  connections: number
  readonly taken: string[] = []

  constructor(connections = 0) {
    this.connections = connections
  }

  hand(listener: string): void {
    this.connections++
    this.taken.push(listener)
  }
}

const known = new Set(['a'])

test('a connection goes to the worker that has the fewest', () => {
  const workers = [new CountingTaker(3), new CountingTaker(1), new CountingTaker(2)]
  const handOver = new HandOver(() => workers)
  handOver.know(known)
  for (let i = 0; i < 6; i++) handOver.take('a', new Socket())
  expect(workers.map(({ connections }) => connections)).toEqual([4, 4, 4])
})

test('connections that are short go to all workers in turn', () => {
  const workers = [new CountingTaker(), new CountingTaker(), new CountingTaker()]
  const handOver = new HandOver(() => workers)
  handOver.know(known)
  for (let i = 0; i < 9; i++) {
    handOver.take('a', new Socket())
    for (const worker of workers) worker.connections = 0
  }
  expect(workers.map(({ taken }) => taken.length)).toEqual([3, 3, 3])
})

test('a connection waits until the workers know its listener, and until there is a worker', () => {
  const workers: CountingTaker[] = []
  const handOver = new HandOver(() => workers)
  handOver.take('a', new Socket())
  handOver.know(known)
  const worker = new CountingTaker()
  workers.push(worker)
  handOver.take('b', new Socket())
  handOver.again()
  expect(worker.taken).toEqual(['a'])
  handOver.know(new Set(['a', 'b']))
  expect(worker.taken).toEqual(['a', 'b'])
})

test('no more than 1,024 connections wait; more are closed, and those that wait with the end', () => {
  const handOver = new HandOver(() => [])
  const sockets = Array.from({ length: 1_026 }, () => new Socket())
  for (const socket of sockets) handOver.take('a', socket)
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual(sockets.slice(1_024))
  handOver.close()
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true)
})

test('a connection that cannot be handed over any more is closed', () => {
  const gone: Taker = {
    connections: 0,
    hand: () => {
      throw new Error('not transferable')
    },
  }
  const handOver = new HandOver(() => [gone])
  handOver.know(known)
  const socket = new Socket()
  handOver.take('a', socket)
  expect(socket.destroyed).toBe(true)
})
