/**
 * `tandemctl authority rotate`: begins the change to a new root. Old and new are trusted side by side until everybody has the new one.
 */
import { certificateColumns } from './cert-show.ts'
import { certificateFacts } from './answers.ts'
import type { Command } from './command.ts'
import { printRows } from './table.ts'

export const authorityRotate: Command = {
  words: ['authority', 'rotate'],
  summary: 'Change to a new root without dropping a call',
  operands: '',
  options: {},
  examples: ['tandemctl authority rotate', 'tandemctl cert show'],
  async run(call) {
    const certificates = await call.console.call(certificateFacts, 'POST', '/api/authority/rotate')
    printRows(call, certificates, certificateColumns(call.now), 'there are no certificates')
  },
}
