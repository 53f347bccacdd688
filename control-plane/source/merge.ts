/**
 * Many files as one: which claim counts for each object, and what stays in force of what cannot be understood.
 *
 * Invariants: each object is there once; an object that was valid is only gone when no file claims it any more and every file
 * that claimed it could be understood; without errors the result depends on the files alone, not on what was before.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { Kind } from '../../proxy/config/push/routing.ts'
import { type Claim, objectId, type ReadFile } from './claim.ts'
import type { Publication, Resource, SourceError } from './source.ts'

/** By file, in file order. */
export type ReadFiles = ReadonlyMap<string, ReadFile>

export interface Merged extends Publication {
  readonly byId: ReadonlyMap<string, Resource>
}

export const nothingMerged: Merged = { resources: [], errors: [], byId: new Map() }

/** @param before what was published last: what it has of an object that is not valid now stays. */
export function mergeFiles(files: ReadFiles, before: Merged): Merged {
  const kept = [...files].flatMap(([file, read]) => keptClaims(file, read, before))
  const claims = Map.groupBy([...[...files.values()].flatMap((file) => file.claims), ...kept], objectId)
  const byId = new Map<string, Resource>()
  const errors: SourceError[] = []
  for (const [id, claimants] of claims) {
    const last = before.byId.get(id)
    const owner = ownerOf(claimants, last)
    const resource = asResource(owner, last)
    if (resource !== undefined) byId.set(id, resource)
    for (const error of objectErrors(claimants, owner, resource !== undefined)) errors.push(error)
  }
  const keptIn = Map.groupBy(kept, ({ origin }) => origin.file)
  for (const [file, read] of files) for (const error of fileErrors(read, keptIn.get(file) ?? [], byId)) errors.push(error)
  return { resources: [...byId.values()], errors: inFileOrder(errors, [...files.keys()]), byId }
}

/** What a file said before and may still say. */
function keptClaims(file: string, { claims, uncertain }: ReadFile, before: Merged): Claim[] {
  if (uncertain.size === 0) return []
  const said = new Set(claims.map(objectId))
  const kept = before.resources.filter((last) => last.origin.file === file && uncertain.has(last.kind) && !said.has(objectId(last)))
  return kept.map((last) => ({ ...last, path: last.kind, errors: [] }))
}

/** Who had the object keeps it, with the form that it had if that is still there; else the first that is valid. */
function ownerOf(claimants: readonly Claim[], last: Resource | undefined): Claim {
  const before = claimants.filter(({ origin }) => origin.file === last?.origin.file)
  const same = before.find(({ body }) => body === last?.body)
  const first = same ?? before[0] ?? claimants.find(({ body }) => body !== null) ?? claimants[0]
  return first as Claim
}

function asResource({ kind, name, body, selectors, origin }: Claim, last: Resource | undefined): Resource | undefined {
  if (body !== null) return { kind, name, body, selectors, origin }
  return last === undefined ? undefined : { ...last, origin }
}

function objectErrors(claimants: readonly Claim[], owner: Claim, held: boolean): SourceError[] {
  return claimants.flatMap((claim) => {
    const concerns = [{ kind: claim.kind, name: claim.name, held }]
    const errors = claim === owner ? claim.errors : [...claim.errors, duplicate(claim, owner)]
    return errors.map((error) => ({ ...error, concerns }))
  })
}

const singular: Readonly<Record<Kind, string>> = { listeners: 'listener', upstreams: 'upstream', routes: 'route' }

function duplicate({ kind, name, origin, path }: Claim, owner: Claim): ConfigError {
  const { file, line, column } = owner.origin
  return { ...origin, path, message: `the ${singular[kind]} ${JSON.stringify(name)} stands in ${file}:${line}:${column} already` }
}

/** Objects that are not valid and have no error of their own are so because of the file. */
function fileErrors({ claims, errors }: ReadFile, kept: readonly Claim[], byId: ReadonlyMap<string, Resource>): SourceError[] {
  if (errors.length === 0) return []
  const unselected = claims.filter(({ body, errors: own }) => body === null && own.length === 0)
  const concerns = [...kept, ...unselected].map((claim) => ({ kind: claim.kind, name: claim.name, held: byId.has(objectId(claim)) }))
  return errors.map((error) => ({ ...error, concerns }))
}

function inFileOrder(errors: readonly SourceError[], files: readonly string[]): SourceError[] {
  const rank = new Map(files.map((file, at) => [file, at]))
  const rankOf = ({ file }: SourceError) => rank.get(file) ?? files.length
  return errors.toSorted((a, b) => rankOf(a) - rankOf(b) || a.line - b.line || a.column - b.column)
}
