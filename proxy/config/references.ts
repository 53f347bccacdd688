/**
 * The cross checks: what each value is worth beside the others. The schema says what a value may be, this says whether the whole holds.
 *
 * They walk the document as it was written, kept schema or not, and report every finding with its place.
 */
import { checkAddresses } from './checks/addresses.ts'
import { Findings } from './checks/findings.ts'
import { checkListener } from './checks/listener.ts'
import { checkMesh } from './checks/mesh.ts'
import { checkNames } from './checks/names.ts'
import { checkRoute } from './checks/route.ts'
import { checkShadowed } from './checks/shadowed.ts'
import { checkUpstream } from './checks/upstream.ts'
import { Cursor } from './cursor.ts'
import type { References } from './load-document.ts'

/** @param root the document, overrides included. */
export function checkReferences(root: unknown): References {
  const document = new Cursor(root)
  const findings = new Findings()
  checkNames(document, findings)
  checkAddresses(document, findings)
  checkMesh(document, findings)
  for (const listener of document.at('listeners').items()) checkListener(listener, findings)
  for (const [, upstream] of document.at('upstreams').entries()) checkUpstream(upstream, findings)
  for (const route of document.at('routes').items()) checkRoute(route, findings)
  checkShadowed(document.at('routes').items(), findings)
  return findings
}
