import { expect, it } from 'vitest'
import { parseCpuList, pinned } from '../../../bench/lib/pinning.ts'

it('reads the kernel’s lists of CPUs', () => {
  expect(['0', '0-2,5', '4-5'].map(parseCpuList)).toEqual([[0], [0, 1, 2, 5], [4, 5]])
})

it('leaves a command alone that is not to be pinned', () => {
  expect(pinned(null, ['nginx', '-v'])).toEqual(['nginx', '-v'])
  expect(pinned('1,2', ['nginx', '-v'])).toEqual(['taskset', '-c', '1,2', 'nginx', '-v'])
})
