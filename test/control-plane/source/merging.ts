/**
 * What the tests of sources say over and over: files as texts, what they publish, and that in a few words.
 */
import { formatConfigErrors } from '../../../proxy/config/config-error.ts'
import { objectId } from '../../../control-plane/source/claim.ts'
import { type Merged, mergeFiles, nothingMerged } from '../../../control-plane/source/merge.ts'
import { readRoutingFile } from '../../../control-plane/source/routing-file.ts'
import type { Publication } from '../../../control-plane/source/source.ts'

/** By name. */
export type Texts = Readonly<Record<string, string>>

export function merged(texts: Texts, before: Merged = nothingMerged): Merged {
  const known = (kind: string, name: string) => before.byId.get(`${kind}/${name}`)?.body
  return mergeFiles(new Map(Object.entries(texts).map(([name, text]) => [name, readRoutingFile(name, text, known)])), before)
}

/** Each after the one before it. @returns the last. */
export function mergedInTurn(...steps: readonly Texts[]): Merged {
  let last = nothingMerged
  for (const texts of steps) last = merged(texts, last)
  return last
}

/** `file:line:column: path: message` of each error. */
export function errorLines({ errors }: Publication): string[] {
  return errors.map((error) => formatConfigErrors([error]))
}

/** `routes/a` of each object, sorted. */
export function ids({ resources }: Publication): string[] {
  return resources.map(objectId).toSorted()
}

/** The status that each route answers with, by name: what tells one form of a route from another in these tests. */
export function statuses({ resources }: Publication): Record<string, unknown> {
  const routes = resources
    .filter(({ kind }) => kind === 'routes')
    .map(({ name, body }) => [name, (body['respond'] as { status?: number }).status])
  return Object.fromEntries(routes.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

/** A file with routes that answer with these statuses. */
export function routesFile(routes: Readonly<Record<string, number>>): string {
  const lines = Object.entries(routes).map(
    ([name, status]) => `  - { name: ${name}, match: { path: /${name} }, respond: { status: ${status} } }\n`,
  )
  return lines.length === 0 ? 'routes: []\n' : `routes:\n${lines.join('')}`
}
