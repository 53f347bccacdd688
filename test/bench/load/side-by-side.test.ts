import { expect, it, onTestFinished } from 'vitest'
import { direct } from '../../../bench/lib/peers/direct.ts'
import { type Options, parseOptions } from '../../../bench/load/options.ts'
import type { SideBySideScenario } from '../../../bench/load/scenario.ts'
import { scenarios } from '../../../bench/load/scenarios.ts'
import { compare, turnsOf } from '../../../bench/load/side-by-side.ts'
import { openSite } from '../../../bench/load/site.ts'

it('takes turns in an order in which neither side is always the first', () => {
  expect([turnsOf('A', 'B', 0), turnsOf('A', 'B', 1)].map((turns) => turns.join(''))).toEqual(['ABBA', 'BAAB'])
})

it('measures as many windows of either side, under the same load', async () => {
  const site = await openSite(false)
  onTestFinished(() => site.close())
  const turn = { settleSeconds: 0.02, windowSeconds: 0.05, windowsPerTurn: 2 }
  const options: Options = { ...parseOptions([], []), warmUpSeconds: 0.05, turns: { open: turn, closed: turn } }
  const scenario = scenarios.find(({ name }) => name === 'fan-out-delay') as SideBySideScenario
  const { base, other, control } = await compare({ contestant: direct, direct, control: false }, 0, { scenario, site, options })
  expect([base.windows.length, other.windows.length, control]).toEqual([4, 4, false])
  for (const { calls, failed, unanswered } of [...base.windows, ...other.windows]) {
    expect({ due: calls + unanswered, failed }).toEqual({ due: 50, failed: 0 })
  }
  expect([base.cpuMicrosPerCall, other.cpuMicrosPerCall]).toEqual([null, null])
})
