/**
 * The cross checks: what each value is worth beside the others. The schema says what a value may be, this says whether the whole holds.
 *
 * They walk the document as it was written, kept schema or not, and report every finding with its place.
 */
import { checkAddresses } from './checks/addresses.ts'
import { Findings } from './checks/findings.ts'
import { checkNames } from './checks/names.ts'
import { checkRoute } from './checks/route.ts'
import { checkShadowed } from './checks/shadowed.ts'
import { checkUpstream } from './checks/upstream.ts'
import type { Finding } from './config-error.ts'
import { Cursor } from './cursor.ts'

export interface References {
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** @param root the document, overrides included. */
export function checkReferences(root: unknown): References {
  const document = new Cursor(root)
  const findings = new Findings()
  checkNames(document, findings)
  checkAddresses(document, findings)
  for (const [, upstream] of document.at('upstreams').entries()) checkUpstream(upstream, findings)
  for (const route of document.at('routes').items()) checkRoute(route, findings)
  checkShadowed(document.at('routes').items(), findings)
  return findings
}
