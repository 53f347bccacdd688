/**
 * Names: each stands for one thing, and each that is used stands for something.
 */
import type { Cursor } from '../cursor.ts'
import { formatPath } from '../path.ts'
import { quoted } from '../expectation.ts'
import { didYouMean } from '../suggestion.ts'
import { destinationsOf, upstreamOf } from './destination.ts'
import type { Findings } from './findings.ts'

export function checkNames(document: Cursor, findings: Findings): void {
  checkUnique(document.at('listeners').items(), 'listener', findings)
  checkUnique(document.at('routes').items(), 'route', findings)
  const upstreams = document
    .at('upstreams')
    .entries()
    .map(([name]) => name)
  for (const route of document.at('routes').items()) {
    for (const destination of destinationsOf(route)) checkUpstreamName(upstreamOf(destination), upstreams, findings)
  }
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

function checkUpstreamName(upstream: Cursor, known: readonly string[], findings: Findings): void {
  const name = upstream.text
  if (name === undefined || known.includes(name)) return
  const hint = didYouMean(name, known)
  const all =
    known.length === 0
      ? ', no upstream is defined'
      : `, expected one of ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', ...' : ''}`
  findings.error(upstream, `there is no upstream ${quoted(name)}${hint === '' ? all : hint}`)
}
