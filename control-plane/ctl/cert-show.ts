/**
 * `tandemctl cert show`: who signs, which roots are trusted now, and until when.
 */
import type { CertificateFacts } from '../api/facts.ts'
import { certificateFacts } from './answers.ts'
import type { Command } from './command.ts'
import { type Column, distanceTo, printRows } from './table.ts'

export const certShow: Command = {
  words: ['cert', 'show'],
  summary: 'Show the certificates of the authority and when they end',
  operands: '',
  options: {},
  examples: ['tandemctl cert show', `tandemctl cert show -o json | jq -r '.[].notAfter'`],
  async run(call) {
    const certificates = await call.console.call(certificateFacts, 'GET', '/api/certificates')
    printRows(call, certificates, certificateColumns(call.now), 'there are no certificates')
  },
}

export function certificateColumns(now: number): Column<CertificateFacts>[] {
  return [
    { heading: 'ROLE', cell: ({ role }) => role },
    { heading: 'SUBJECT', cell: ({ subject }) => subject },
    { heading: 'NOT AFTER', cell: ({ notAfter }) => notAfter },
    { heading: 'ENDS', cell: ({ notAfter }) => distanceTo(notAfter, now) },
    { heading: 'SIGNS FROM', cell: ({ signsFrom }) => signsFrom ?? '' },
    { heading: 'TRUSTED UNTIL', cell: ({ trustedUntil }) => trustedUntil ?? '' },
    { heading: 'SHA-256', cell: ({ fingerprint }) => fingerprint.slice(0, 16) },
  ]
}
