import { expect, test } from 'vitest'
import { DeadlineSweep, type Due } from '../../../proxy/upstream/deadline-sweep.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

class HungCall implements Due<HungCall> {
  next: HungCall | null = null
  previous: HungCall | null = null
  readonly #expired: () => void

  constructor(expired: (call: HungCall) => void) {
    this.#expired = () => expired(this)
  }

  dueAt(): number {
    return 100
  }

  expire(): void {
    this.#expired()
  }
}

test('calls that are due in the same moment end a few at a time, and all of them', () => {
  const clock = new ManualClock()
  const sweep = new DeadlineSweep<HungCall>(clock)
  let expired = 0
  for (let i = 0; i < 10; i++) {
    const call = new HungCall((one) => {
      sweep.remove(one)
      expired++
    })
    sweep.add(call, call.dueAt())
  }
  const counts: number[] = []
  for (const ms of [99, 1, 1, 1]) {
    clock.advance(ms)
    counts.push(expired)
  }
  expect(counts).toEqual([0, 4, 8, 10])
  expect(clock.pending).toBe(0)
})
