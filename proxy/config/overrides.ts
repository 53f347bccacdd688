/**
 * Flags and `TANDEM_*` variables: the scalars of the bootstrap part that can be said without a file.
 * Precedence: flag, then variable, then file. They are put into the document before it is validated, so they are checked
 * like anything else; an error then names the variable or flag.
 */
import { type ConfigError, type Locate, variableError } from './config-error.ts'
import { readOtel } from './otel.ts'
import { type Path, pathId, valueAt } from './path.ts'
import { didYouMean } from './suggestion.ts'

export interface Override {
  readonly path: Path
  /** undefined takes the value away. */
  readonly value: unknown
  /** Variable or flag, as the user wrote it: `TANDEM_ADMIN_ADDRESS`, `--admin-address`. */
  readonly from: string
  /** `file`: stands back where the file has a value of its own. */
  readonly yieldsTo: 'nothing' | 'file'
}

export interface Overrides {
  readonly overrides: readonly Override[]
  /** Of variables that look as if they were for this sidecar and do nothing. */
  readonly warnings: readonly ConfigError[]
}

interface Bootstrap {
  readonly path: readonly string[]
  readonly kind: 'text' | 'number'
}

/** Keyed by the flag without its dashes; the variable is its name in capitals after `TANDEM_`. */
const table: Readonly<Record<string, Bootstrap>> = {
  'admin-address': { path: ['admin', 'address'], kind: 'text' },
  'health-address': { path: ['health', 'address'], kind: 'text' },
  'node-id': { path: ['node', 'id'], kind: 'text' },
  'node-workload': { path: ['node', 'workload'], kind: 'text' },
  'node-namespace': { path: ['node', 'namespace'], kind: 'text' },
  'control-plane-url': { path: ['controlPlane', 'url'], kind: 'text' },
  'control-plane-token': { path: ['controlPlane', 'token'], kind: 'text' },
  'control-plane-trust-bundle': { path: ['controlPlane', 'trustBundle'], kind: 'text' },
  'control-plane-last-good': { path: ['controlPlane', 'lastGood'], kind: 'text' },
  'tracing-otlp': { path: ['tracing', 'otlp'], kind: 'text' },
  'tracing-sample': { path: ['tracing', 'sample'], kind: 'number' },
  'access-log-to': { path: ['accessLog', 'to'], kind: 'text' },
  'access-log-format': { path: ['accessLog', 'format'], kind: 'text' },
  'drain-delay': { path: ['drain', 'delay'], kind: 'text' },
  'drain-timeout': { path: ['drain', 'timeout'], kind: 'text' },
  concurrency: { path: ['concurrency'], kind: 'number' },
}

/** Read by the programs themselves: the file to load, where `tandemctl` finds the console, and what it shows there. */
const ownVariables = ['TANDEM_CONFIG', 'TANDEM_SERVER', 'TANDEM_TOKEN']

/** A secret among the arguments would stand in every list of processes. */
const variableOnly = new Set(['control-plane-token'])

/** Flags that `readOverrides` understands, without the dashes; each takes a value. */
export const overrideFlags: readonly string[] = Object.keys(table).filter((flag) => !variableOnly.has(flag))

/** What only a variable says: its name, and the key that it stands for. */
export const overrideVariables: readonly (readonly [string, Path])[] = [...variableOnly].map((flag) => [variableOf(flag), keyOf(flag)])

/** The key that a flag stands for. */
export function keyOf(flag: string): Path {
  return table[flag]?.path ?? []
}

/** The variable that says the same as a flag. */
export function variableOf(flag: string): string {
  return `TANDEM_${flag.toUpperCase().replaceAll('-', '_')}`
}

export type Texts = Readonly<Record<string, string | undefined>>

/**
 * Flags and variables, `OTEL_*` among them.
 * @param flags by name without dashes; what is not in `overrideFlags` is ignored. An empty variable counts as unset.
 */
export function readOverrides(env: Texts, flags: Texts = {}): Overrides {
  const otel = readOtel(env)
  const own = Object.entries(table).flatMap(([flag, bootstrap]) => {
    const override = chosen(flag, bootstrap, env, flags)
    return override === undefined ? [] : [override]
  })
  const said = new Set(own.map((override) => pathId(override.path)))
  const rest = otel.overrides.filter(({ path, yieldsTo }) => yieldsTo === 'nothing' || !said.has(pathId(path)))
  return { overrides: [...own, ...rest], warnings: [...unknownVariables(env, Object.keys(table).map(variableOf)), ...otel.warnings] }
}

function chosen(flag: string, { path, kind }: Bootstrap, env: Texts, flags: Texts): Override | undefined {
  const variable = variableOf(flag)
  const said = variableOnly.has(flag) ? undefined : flags[flag]
  const from = said === undefined ? variable : `--${flag}`
  const text = said ?? env[variable]
  if (text === undefined || (text === '' && from === variable)) return undefined
  return { path, value: kind === 'number' ? numberOrText(text) : text, from, yieldsTo: 'nothing' }
}

/** What is no number stays the text that it is, for the schema to refuse. */
function numberOrText(text: string): number | string {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? text : value
}

/** Warnings about variables that look as if they were for this program and do nothing. @param variables that do something. */
export function unknownVariables(env: Texts, variables: readonly string[]): ConfigError[] {
  const known = [...ownVariables, ...variables]
  return Object.keys(env)
    .filter((variable) => variable.startsWith('TANDEM_') && !known.includes(variable) && !isServiceLink(variable))
    .map((variable) => variableError(variable, `unknown variable${didYouMean(variable, known)}`))
}

/** Kubernetes gives every pod variables for the services of its namespace, `tandem-control-plane` among them. */
function isServiceLink(variable: string): boolean {
  return /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)$/.test(variable)
}

/** @returns a copy of the document with the overrides in it; the document itself stays as it is. */
export function applyOverrides(document: unknown, overrides: readonly Override[]): unknown {
  let result = document
  for (const { path, value, yieldsTo } of overrides) result = withValue(result, path, value, yieldsTo === 'file')
  return result
}

function withValue(target: unknown, path: Path, value: unknown, onlyIfAbsent: boolean): unknown {
  const [key, ...rest] = path
  if (key === undefined) return onlyIfAbsent && target !== undefined ? target : value
  if (target === undefined && value === undefined) return undefined
  if (target !== undefined && (typeof target !== 'object' || target === null || Array.isArray(target))) return target
  const { [key]: previous, ...others } = (target ?? {}) as Record<string, unknown>
  const next = withValue(previous, rest, value, onlyIfAbsent)
  return next === undefined ? others : { ...others, [key]: next }
}

/** Positions of a document with overrides: what came from a variable or a flag is found there. */
export function locateOverridden(locate: Locate, before: unknown, overrides: readonly Override[]): Locate {
  const effective = overrides.filter(({ path, yieldsTo }) => yieldsTo === 'nothing' || valueAt(before, path) === undefined)
  const sources = new Map(effective.map(({ path, from }) => [pathId(path), from]))
  return (path, part) => {
    const from = sources.get(pathId(path))
    return from === undefined ? locate(path, part) : { file: from, line: 0, column: 0 }
  }
}
