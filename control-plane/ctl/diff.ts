/**
 * `tandemctl diff`: what would change, and for whom, were these files in the folder of the control plane.
 */
import type { ObjectChange } from '../api/facts.ts'
import { objectChanges } from './answers.ts'
import type { Command } from './command.ts'
import { readGivenFiles } from './routing-files.ts'
import { printRows } from './table.ts'

export const diff: Command = {
  words: ['diff'],
  summary: 'Show what files would change, and for whom',
  operands: 'FILE...',
  options: {},
  examples: ['tandemctl diff routing/orders.yaml', 'tandemctl diff ./routing', 'tandemctl diff ./routing -o json'],
  completes: 'files',
  async run(call) {
    const changes = await call.console.call(objectChanges, 'POST', '/api/diff', await readGivenFiles(call))
    const columns = [
      { heading: 'NAMESPACE', cell: (change: ObjectChange) => change.namespace },
      { heading: 'WORKLOAD', cell: (change: ObjectChange) => change.workload },
      { heading: 'CHANGE', cell: (change: ObjectChange) => change.change },
      { heading: 'OBJECT', cell: (change: ObjectChange) => `${change.kind}/${change.name}` },
      { heading: 'SIDECARS', cell: (change: ObjectChange) => change.sidecars.join(',') },
    ]
    printRows(call, changes, columns, 'nothing would change')
  },
}
