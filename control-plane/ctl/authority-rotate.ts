/**
 * `tandemctl authority rotate`: begins the change to a new root. Old and new are trusted side by side until everybody has the new one.
 */
import type { CertificateFacts } from '../api/facts.ts'
import { certificateColumns } from './cert-show.ts'
import type { Command } from './command.ts'
import { printRows } from './table.ts'

export const authorityRotate: Command = {
  words: ['authority', 'rotate'],
  summary: 'Change to a new root without dropping a call',
  operands: '',
  options: {},
  examples: ['tandemctl authority rotate', 'tandemctl cert show'],
  async run(call) {
    const certificates = (await call.console.call('POST', '/api/authority/rotate')) as CertificateFacts[]
    printRows(call, certificates, certificateColumns(call.now), 'there are no certificates')
  },
}
