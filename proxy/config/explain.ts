/**
 * Turns zod's issues into sentences: what was found, what was expected, and which branch of a union was meant.
 * The words come from the schema, not from zod, so every kind of mistake reads alike.
 */
import type * as z from 'zod/mini'
import type { Finding } from './config-error.ts'
import { choicesOf, describeFound, expectation, quoted } from './expectation.ts'
import { type Path, pathId, valueAt } from './path.ts'
import { fieldsOf, internalsOf, optionsOf, type Schema, schemasAt, unwrapped } from './schema-walk.ts'
import { mayBeSecret } from './secrets.ts'
import { didYouMean, nearest } from './suggestion.ts'

type Issue = z.core.$ZodIssue

const missing = 'is missing'

/** What is said of keys that the schema does not have and that mean something all the same. undefined where they mean nothing. */
export interface KnownWords {
  key(parent: Path, key: string): string | undefined
}

const noWords: KnownWords = { key: () => undefined }

interface Context {
  readonly schema: Schema
  readonly root: unknown
  readonly words: KnownWords
}

/** @param root what the issues are about; their paths start from it. */
export function explain(issues: readonly Issue[], schema: Schema, root: unknown, words: KnownWords = noWords): Finding[] {
  const findings = issues
    .filter((issue) => !isConsequence(issue, issues))
    .flatMap((issue) => explainIssue(issue, [], { schema, root, words }))
  const keys = Map.groupBy(
    findings.filter(({ part }) => part === 'key'),
    ({ path }) => parentId(path),
  )
  return findings.filter((finding) => !isMisspelt(finding, keys))
}

/** What a refinement says of an object whose keys are wrong means nothing: it does not see them. */
function isConsequence(issue: Issue, issues: readonly Issue[]): boolean {
  if (issue.code !== 'custom') return false
  return issues.some((other) => other !== issue && issue.path.every((key, depth) => other.path[depth] === key))
}

/** A key that is missing because it stands beside its place misspelt has been spoken of already. */
function isMisspelt({ path, part, message }: Finding, keys: ReadonlyMap<string, readonly Finding[]>): boolean {
  if (part === 'key' || !message.startsWith(missing)) return false
  const beside = keys.get(parentId(path)) ?? []
  return beside.some((other) => nearest(String(other.path.at(-1)), [String(path.at(-1))]) !== undefined)
}

function parentId(path: Path): string {
  return pathId(path.slice(0, -1))
}

function explainIssue(issue: Issue, base: Path, context: Context): Finding[] {
  const path = [...base, ...(issue.path as Path)]
  const value = valueAt(context.root, path)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, context))
  if (issue.code === 'invalid_key') return [{ path, part: 'key', message: wrongName(path, context) }]
  if (issue.code === 'invalid_union') return explainUnion(issue.errors, path, context)
  return [wrongValue(path, value, context)]
}

function unknownKey(parent: Path, key: string, context: Context): Finding {
  const known = schemasAt(context.schema, parent).flatMap((schema) =>
    optionsOf(schema).flatMap((option) => Object.keys(fieldsOf(option) ?? {})),
  )
  const guess = didYouMean(key, known)
  const message =
    context.words.key(parent, key) ?? `unknown key${guess === '' ? `, expected one of ${[...new Set(known)].join(', ')}` : guess}`
  return { path: [...parent, key], part: 'key', message }
}

function wrongName(path: Path, { schema }: Context): string {
  const [record] = schemasAt(schema, path.slice(0, -1)).flatMap((candidate) => optionsOf(candidate).flatMap(keySchema))
  const expected = record === undefined ? 'another name' : expectation(record)
  return `found the name ${quoted(String(path.at(-1)))}, expected ${expected}`
}

function keySchema(schema: Schema): Schema[] {
  const { def } = internalsOf(unwrapped(schema))
  return def.type === 'record' ? [def.keyType] : []
}

function wrongValue(path: Path, value: unknown, { schema }: Context): Finding {
  const candidates = schemasAt(schema, path)
  const expected = [...new Set(candidates.map(expectation))].join(' or ')
  if (value === undefined) return { path, part: 'value', message: `${missing}, expected ${expected}` }
  const secret = candidates.some(mayBeSecret)
  if (isUnquoted(value, candidates))
    return { path, part: 'value', message: `found ${describeFound(value, secret)}, expected ${expected}: put it in quotes` }
  const guess = typeof value === 'string' ? didYouMean(value, candidates.flatMap(choicesOf).map(String)) : ''
  return { path, part: 'value', message: `found ${describeFound(value, secret)}, expected ${expected}${guess}` }
}

/** YAML reads `1.0` and `true` as a number and a boolean where a header value or a label was meant. */
function isUnquoted(value: unknown, candidates: readonly Schema[]): boolean {
  if (typeof value !== 'number' && typeof value !== 'boolean') return false
  return candidates.flatMap(optionsOf).some((option) => expectation(option) === 'a text')
}

/** The branch that the value's shape fits; where none or several fit equally, all are named. */
function explainUnion(branches: readonly (readonly Issue[])[], path: Path, context: Context): Finding[] {
  const fitting = branches.filter((branch) => branch.length > 0 && !branch.some(atRoot))
  const best = Math.min(...fitting.map(badness))
  const [branch, ...ties] = fitting.filter((candidate) => badness(candidate) === best)
  if (branch === undefined) return [wrongValue(path, valueAt(context.root, path), context)]
  if (ties.length > 0) return misspeltBranch([branch, ...ties], path, context)
  return branch.flatMap((issue) => explainIssue(issue, path, context))
}

function atRoot(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code !== 'unrecognized_keys' && issue.code !== 'invalid_union'
}

/** Foreign keys speak against a branch most: its own keys may merely have wrong values. */
function badness(branch: readonly Issue[]): number {
  let sum = 0
  for (const issue of branch) sum += issue.code === 'unrecognized_keys' ? 4 * issue.keys.length : 1
  return sum
}

function misspeltBranch(ties: readonly (readonly Issue[])[], path: Path, context: Context): Finding[] {
  const keys = ties.flat().flatMap((issue) => (issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : []))
  const known = schemasAt(context.schema, path)
    .flatMap(optionsOf)
    .flatMap((option) => Object.keys(fieldsOf(option) ?? {}))
  const misspelt = [...new Set(keys)].filter((key) => nearest(key, known) !== undefined && !known.includes(key))
  if (misspelt.length > 0) return misspelt.map((key) => unknownKey(path, key, context))
  return [wrongValue(path, valueAt(context.root, path), context)]
}
