/**
 * Where the programs are that tests start: those of the checkout, or of the package that `npm run test:package` has installed.
 */
import { join } from 'node:path'

export type ProgramName = 'tandem-proxy' | 'tandem-control-plane' | 'tandemctl'

export function programPath(name: ProgramName): string {
  return join(process.env['PROGRAMS_UNDER_TEST'] ?? join(import.meta.dirname, '../../bin'), name)
}
