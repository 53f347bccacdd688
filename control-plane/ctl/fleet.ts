/**
 * `tandemctl fleet`: a line a sidecar.
 */
import type { FleetEntry } from '../fleet/fleet.ts'
import { fleetEntries } from './answers.ts'
import type { Command } from './command.ts'
import { distanceTo, printRows } from './table.ts'

export const fleet: Command = {
  words: ['fleet'],
  summary: 'Which sidecar runs which version, and which refused what',
  operands: '',
  options: {},
  examples: ['tandemctl fleet', `tandemctl fleet -o json | jq '.[] | select(.state == "nacked")'`],
  async run(call) {
    const entries = await call.console.call(fleetEntries, 'GET', '/api/fleet')
    const columns = [
      { heading: 'NODE', cell: (entry: FleetEntry) => entry.node },
      { heading: 'NAMESPACE', cell: (entry: FleetEntry) => entry.namespace },
      { heading: 'WORKLOAD', cell: (entry: FleetEntry) => entry.workload },
      { heading: 'VERSION', cell: (entry: FleetEntry) => entry.version ?? '' },
      { heading: 'STATE', cell: (entry: FleetEntry) => entry.state },
      { heading: 'CERTIFICATE ENDS', cell: (entry: FleetEntry) => distanceTo(entry.certificateNotAfter, call.now) },
      { heading: 'REASON', cell: (entry: FleetEntry) => entry.reason },
    ]
    printRows(call, entries, columns, 'no sidecar has connected yet')
  },
}
