/**
 * One object of a routing file: its name, whom it is for, and its body without that, checked by itself.
 * Whether it fits to the other objects depends on the workload, and is seen in snapshot/.
 */
import * as z from 'zod/mini'
import { type ConfigError, type Finding, type Locate, placed } from '../../proxy/config/config-error.ts'
import type { Cursor } from '../../proxy/config/cursor.ts'
import { describeFound } from '../../proxy/config/expectation.ts'
import { explain } from '../../proxy/config/explain.ts'
import { formatPath } from '../../proxy/config/path.ts'
import { checkObject } from '../../proxy/config/push/check-object.ts'
import { objectDigest } from '../../proxy/config/push/object-digest.ts'
import type { JsonObject, Kind } from '../../proxy/config/push/routing.ts'
import { selector } from '../../proxy/config/schema/selector.ts'
import type { Claim } from './claim.ts'
import type { Selector } from './source.ts'

/** An object as it was last served, undefined where it was not. */
export type KnownObjects = (kind: Kind, name: string) => JsonObject | undefined

/** Where an object stands in its file. */
export interface ObjectPlace {
  readonly kind: Kind
  readonly object: Cursor
}

export interface FileContext {
  readonly locate: Locate
  readonly known: KnownObjects
  /** Of the whole file; null where nobody can tell whom it is for. */
  readonly selectors: readonly Selector[] | null
}

const selection = z.object({ for: z.optional(selector) })

/** @returns errors only where the object has no name to claim. */
export function readObject(place: ObjectPlace, context: FileContext): { readonly claim: Claim } | { readonly errors: ConfigError[] } {
  const { kind, object } = place
  const at = (findings: readonly Finding[]) => findings.map((finding) => placed(beneath(object, finding), context.locate))
  const name = nameOf(place)
  if (!object.isObject) return { errors: at([noObject(object)]) }
  if (name === undefined) return { errors: at(checkObject(kind, '', withoutSelector(object))) }
  const read = readBody(kind, name, object, context.known)
  const origin = context.locate(object.path, kind === 'upstreams' ? 'key' : 'value')
  const isValid = read.findings.length === 0 && context.selectors !== null
  const selectors = [...(context.selectors ?? []), ...(isValid ? read.selectors : [])]
  const path = formatPath(object.path)
  return { claim: { kind, name, origin, path, selectors, body: isValid ? read.body : null, errors: at(read.findings) } }
}

/** Upstreams are called by their key, the others say it themselves. */
function nameOf({ kind, object }: ObjectPlace): string | undefined {
  const name = kind === 'upstreams' ? String(object.path.at(-1)) : object.at('name').text
  return name === '' ? undefined : name
}

function noObject({ value }: Cursor): Finding {
  return { path: [], part: 'value', message: `found ${describeFound(value)}, expected an object` }
}

function readBody(kind: Kind, name: string, object: Cursor, known: KnownObjects) {
  const written = selection.safeParse(object.value)
  const body = withoutSelector(object)
  const last = known(kind, name)
  const isKnown = last !== undefined && objectDigest(last) === objectDigest(body)
  const wrongFor = written.success ? [] : explain(written.error.issues, selection, object.value)
  const selectors = written.success && written.data.for !== undefined ? [written.data.for] : []
  return { body: isKnown ? last : body, selectors, findings: [...wrongFor, ...(isKnown ? [] : checkObject(kind, name, body))] }
}

function withoutSelector({ value }: Cursor): JsonObject {
  const { for: _selector, ...body } = value as Readonly<Record<string, unknown>>
  return body
}

function beneath({ path }: Cursor, finding: Finding): Finding {
  return { ...finding, path: [...path, ...finding.path] }
}
