/**
 * Reads one routing file: text in, a claim for each object and everything that is wrong with it out.
 *
 * Invariants: it never throws, whatever the text; one object that is wrong takes nothing from the others;
 * an object that says what it said before is the same object as before.
 */
import * as z from 'zod/mini'
import { type Finding, type Locate, placed, type Position } from '../../proxy/config/config-error.ts'
import { Cursor } from '../../proxy/config/cursor.ts'
import { readDocument } from '../../proxy/config/document.ts'
import { explain, type KnownWords } from '../../proxy/config/explain.ts'
import { valueAt } from '../../proxy/config/path.ts'
import { type Kind, kinds } from '../../proxy/config/push/routing.ts'
import { bootstrapShape } from '../../proxy/config/schema/bootstrap.ts'
import { selector } from '../../proxy/config/schema/selector.ts'
import type { Claim, ReadFile } from './claim.ts'
import { type KnownObjects, type ObjectPlace, readObject } from './routing-object.ts'
import type { Selector } from './source.ts'

/** The file without its objects: those are read one by one. */
const shell = z.strictObject({
  $schema: z.optional(z.string()),
  for: z.optional(selector),
  listeners: z.optional(z.array(z.unknown())),
  upstreams: z.optional(z.record(z.string(), z.unknown())),
  routes: z.optional(z.array(z.unknown())),
})

const bootstrapWords: KnownWords = {
  key: (parent, key) =>
    parent.length === 0 && Object.hasOwn(bootstrapShape, key)
      ? `\`${key}\` is about one sidecar and stands in its own file, expected one of ${['for', ...kinds].join(', ')}`
      : undefined,
}

const everything: ReadonlySet<Kind> = new Set(kinds)

/** @param known the objects as they were last served. */
export function readRoutingFile(file: string, text: string, known: KnownObjects): ReadFile {
  if (text.trim() === '') return notUnderstood({ file, line: 1, column: 1 }, 'the file is empty: to take its objects away, delete it')
  const { value: root, errors, locate } = readDocument(file, text)
  if (errors.length > 0) return { claims: [], errors, uncertain: everything }
  return readShell(root, locate, known)
}

/** A file that cannot be read at all. */
export function unreadableFile(file: string, message: string): ReadFile {
  return notUnderstood({ file, line: 0, column: 0 }, message)
}

function notUnderstood(place: Position, message: string): ReadFile {
  return { claims: [], errors: [{ ...place, path: '', message }], uncertain: everything }
}

function readShell(root: unknown, locate: Locate, known: KnownObjects): ReadFile {
  const parsed = shell.safeParse(root)
  const findings = parsed.success ? [] : explain(parsed.error.issues, shell, root, bootstrapWords)
  const selectors = findings.some(({ path }) => path[0] === 'for') ? null : selectorsOf(root)
  const claims: Claim[] = []
  const errors = findings.map((finding) => placed(finding, locate))
  const uncertain = uncertainKinds(findings)
  for (const place of objectPlaces(root)) {
    const read = readObject(place, { locate, known, selectors })
    if ('claim' in read) claims.push(read.claim)
    else {
      errors.push(...read.errors)
      uncertain.add(place.kind)
    }
  }
  return { claims, errors, uncertain }
}

/** Only called where `for` is valid or absent. */
function selectorsOf(root: unknown): readonly Selector[] {
  const written = valueAt(root, ['for'])
  return written === undefined ? [] : [selector.parse(written)]
}

/** A misspelt `routes` hides all of them; whom objects with a wrong `for` are meant for cannot be told. */
function uncertainKinds(findings: readonly Finding[]): Set<Kind> {
  const uncertain = new Set<Kind>()
  for (const { path } of findings) {
    const kind = kinds.find((one) => one === path[0])
    if (kind !== undefined) uncertain.add(kind)
    else if (path[0] !== '$schema') return new Set(kinds)
  }
  return uncertain
}

/** In the order of the kinds; none of what is no list, or of upstreams no object. */
function objectPlaces(root: unknown): ObjectPlace[] {
  const document = new Cursor(root)
  const upstreams = document.at('upstreams').entries()
  return [
    ...document
      .at('listeners')
      .items()
      .map((object) => ({ kind: 'listeners' as const, object })),
    ...upstreams.map(([, object]) => ({ kind: 'upstreams' as const, object })),
    ...document
      .at('routes')
      .items()
      .map((object) => ({ kind: 'routes' as const, object })),
  ]
}
