/**
 * The port of an address that is called: 0 is no port that anybody answers on.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

export function checkPort(at: Cursor, findings: Findings): void {
  if (at.text !== undefined && /:0+$/.test(at.text)) findings.error(at, 'found port 0, expected a port from 1 to 65535')
}
