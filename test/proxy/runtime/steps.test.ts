import { expect, test } from 'vitest'
import { atOnce, inSlices, type Steps } from '../../../proxy/runtime/steps.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

function* counted(steps: number, each: () => void = () => undefined): Steps<number> {
  for (let step = 0; step < steps; step++) {
    each()
    yield
  }
  return steps
}

/** How often the event loop came round before `done`. */
async function turnsOf(done: Promise<unknown>): Promise<number> {
  const ended = done.then(() => true)
  const turn = () => new Promise<false>((resolve) => setImmediate(resolve, false))
  for (let turns = 0; ; turns++) if (await Promise.race([ended, turn()])) return turns
}

test('all steps are taken, at once or in slices', async () => {
  expect(atOnce(counted(5))).toBe(5)
  expect(await inSlices(counted(5), new ManualClock())).toBe(5)
})

test('after two milliseconds the event loop has its turn', async () => {
  const clock = new ManualClock()
  expect(await turnsOf(inSlices(counted(20), clock))).toBeLessThan(4)
  expect(
    await turnsOf(
      inSlices(
        counted(20, () => clock.advance(1)),
        clock,
      ),
    ),
  ).toBeGreaterThanOrEqual(10)
})

test('works in a row do not share a turn, however short they are', async () => {
  const clock = new ManualClock()
  const inARow = async () => {
    for (let work = 0; work < 5; work++) await inSlices(counted(1), clock)
  }
  expect(await turnsOf(inARow())).toBeGreaterThanOrEqual(4)
})

test('what a step throws ends the work', async () => {
  const failing = counted(3, () => {
    throw new Error('no')
  })
  await expect(inSlices(failing, new ManualClock())).rejects.toThrow('no')
})
