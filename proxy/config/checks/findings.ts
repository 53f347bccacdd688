/**
 * What the cross checks have found so far.
 */
import type { Finding } from '../config-error.ts'
import type { Cursor } from '../cursor.ts'

export class Findings {
  readonly errors: Finding[] = []
  readonly warnings: Finding[] = []

  error(at: Cursor, message: string, part: Finding['part'] = 'value'): void {
    this.errors.push({ path: at.path, part, message })
  }

  warn(at: Cursor, message: string, part: Finding['part'] = 'value'): void {
    this.warnings.push({ path: at.path, part, message })
  }
}
