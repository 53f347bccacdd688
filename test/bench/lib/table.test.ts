import { expect, it } from 'vitest'
import { textTable } from '../../../bench/lib/table.ts'

it('aligns names to the left and figures to the right', () => {
  const table = textTable(
    ['', 'calls/s'],
    [
      ['nginx', '1'],
      ['HAProxy', '12,345,678'],
    ],
  )
  expect(table.split('\n')).toEqual(['            calls/s', '-------  ----------', 'nginx             1', 'HAProxy  12,345,678'])
})
