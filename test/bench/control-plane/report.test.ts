import { expect, it } from 'vitest'
import { parseOptions } from '../../../bench/control-plane/options.ts'
import { isMet, p99, single } from '../../../bench/control-plane/reading.ts'
import { textReport } from '../../../bench/control-plane/report.ts'

const machine = { cpu: 'a CPU', cores: 2, memoryGiB: 8, kernel: 'Linux 6', node: 'v26', loadAverage: 0.1 }
const { scale } = parseOptions(['--quick'])

const readings = [
  single({ text: 'memory', unit: 'MiB', limit: 512 }, 420.4),
  single({ text: 'storm', unit: 's', limit: 1 }, 1.25),
  single({ text: 'for itself', unit: 'ms', limit: null }, 17.26),
]

it('shows each figure beside its target, and what could not be measured', () => {
  const figures = [{ figure: 'memory' as const, readings }]
  const failures = [{ figure: 'edits' as const, reason: 'no sidecar came' }]
  const report = textReport({ startedAt: '', commandLine: '', machine, scale, figures, failures })
  expect(report).toMatch(/^memory +420 MiB +<= 512 MiB +PASS$/m)
  expect(report).toMatch(/^storm +1\.25 s +<= 1\.00 s +FAIL$/m)
  expect(report).toMatch(/^for itself +17\.3 ms$/m)
  expect(report).toMatch(/^FAILED edits: no sidecar came$/m)
})

it('takes the largest of few samples for their p99', () => {
  const facts = { text: 'edits', unit: 's', limit: 1 } as const
  expect(p99(facts, [0.3, 1.2, 0.4])).toMatchObject({ reached: 1.2, samples: [0.3, 1.2, 0.4] })
  expect(
    p99(
      facts,
      Array.from({ length: 200 }, (_, n) => n),
    ).reached,
  ).toBe(197)
})

it('holds a figure without a target to be met', () => {
  expect(readings.map(isMet)).toEqual([true, false, true])
})
