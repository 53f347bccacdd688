import { expect, test } from 'vitest'
import { LimitedWarnings } from '../../../proxy/runtime/limited-warnings.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

function start() {
  const clock = new ManualClock()
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => clock.wall(),
  )
  return { clock, said, warnings: new LimitedWarnings('somebody knocked', clock, logger) }
}

test('each is a line of its own, with what is known of it', () => {
  const { warnings, said } = start()
  warnings.say({ caller: '10.0.0.9', reason: 'no certificate' })
  expect(said).toEqual(['2026-01-01T00:00:00.000Z warn "somebody knocked" caller=10.0.0.9 reason="no certificate"\n'])
})

test('a thousand in a row are twenty lines, and the first of the next ten seconds counts the others', () => {
  const { clock, warnings, said } = start()
  for (let knock = 0; knock < 1_000; knock++) warnings.say({ knock })
  expect(said).toHaveLength(20)
  clock.advance(9_999)
  warnings.say({ knock: 1_000 })
  expect(said).toHaveLength(20)
  clock.advance(1)
  warnings.say({ knock: 1_001 })
  warnings.say({ knock: 1_002 })
  expect(said.slice(20)).toEqual([expect.stringContaining('knock=1001 more=981'), expect.stringMatching(/knock=1002\n$/)])
})
