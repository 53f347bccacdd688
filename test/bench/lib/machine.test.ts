import { expect, it } from 'vitest'
import { hostKind } from '../../../bench/lib/machine.ts'

it('names a kind of host in a word that can stand in a file name', () => {
  const machine = { memoryGiB: 8, kernel: 'Linux 6', node: 'v26', loadAverage: 0 }
  expect(hostKind({ ...machine, cpu: 'AMD EPYC', cores: 2 })).toBe('amd-epyc-2-cores')
  expect(hostKind({ ...machine, cpu: 'Intel(R) Xeon(R) CPU @ 2.20GHz', cores: 4 })).toBe('intel-xeon-4-cores')
  expect(hostKind({ ...machine, cpu: 'AMD EPYC 7763 64-Core Processor', cores: 8 })).toBe('amd-epyc-7763-8-cores')
})
