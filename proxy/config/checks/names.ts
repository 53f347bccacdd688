/**
 * Names: each stands for one thing, and each that is used stands for something.
 */
import type { Cursor } from '../cursor.ts'
import { formatPath } from '../path.ts'
import { quoted } from '../expectation.ts'
import { didYouMean } from '../suggestion.ts'
import { destinationsOf, upstreamOf } from './destination.ts'
import type { Findings } from './findings.ts'

/** What is known by name; `keys` in the order in which it was written. */
export interface KnownNames {
  readonly size: number
  has(name: string): boolean
  keys(): Iterable<string>
}

/** Among more of them nobody looks for a misspelt one: each comparison takes a microsecond. */
const mostSuggested = 1_000

export function checkNames(document: Cursor, findings: Findings): void {
  checkUnique(document.at('listeners').items(), 'listener', findings)
  checkUnique(document.at('routes').items(), 'route', findings)
  const upstreams = new Map(document.at('upstreams').entries())
  for (const route of document.at('routes').items()) checkUpstreamNames(route, upstreams, findings)
}

/** Every upstream that a route names. */
export function checkUpstreamNames(route: Cursor, known: KnownNames, findings: Findings): void {
  for (const destination of destinationsOf(route)) checkUpstreamName(upstreamOf(destination), known, findings)
}

function checkUnique(named: readonly Cursor[], what: string, findings: Findings): void {
  const first = new Map<string, Cursor>()
  for (const one of named) {
    const name = one.at('name')
    if (name.text === undefined) continue
    const earlier = first.get(name.text)
    if (earlier === undefined) first.set(name.text, one)
    else findings.error(name, `the ${what} ${formatPath(earlier.path)} has the name ${quoted(name.text)} already`)
  }
}

function checkUpstreamName(upstream: Cursor, known: KnownNames, findings: Findings): void {
  const name = upstream.text
  if (name === undefined || known.has(name)) return
  const hint = known.size > mostSuggested ? '' : didYouMean(name, known.keys())
  findings.error(upstream, `there is no upstream ${quoted(name)}${hint === '' ? expected(known) : hint}`)
}

function expected(known: KnownNames): string {
  if (known.size === 0) return ', no upstream is defined'
  const shown: string[] = []
  for (const name of known.keys()) {
    if (shown.length === 10) return `, expected one of ${shown.join(', ')}, ...`
    shown.push(name)
  }
  return `, expected one of ${shown.join(', ')}`
}
