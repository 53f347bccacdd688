/**
 * One route: exactly one action, and only the additions that go with it.
 */
import type { Cursor } from '../cursor.ts'
import { alternatives } from '../expectation.ts'
import { nearest } from '../suggestion.ts'
import { checkDestination, checkDestinationNames, destinationsOf } from './destination.ts'
import { checkFanout } from './fanout.ts'
import type { Findings } from './findings.ts'
import { checkHeaderValues } from './headers.ts'
import { checkMatch, conditionsOf, takesConnect } from './match.ts'
import { checkPath } from './path-text.ts'

const actions = ['forward', 'split', 'fanout', 'respond', 'redirect']
/** Actions of the language that this version refuses as not supported: a route that has one is not said to have none. */
const comingActions = ['deliver']

/** Statuses whose answers have no body (RFC 9110 sections 15.3.5, 15.3.6, 15.4.5). */
const bodiless = new Set([204, 205, 304])

export function checkRoute(route: Cursor, findings: Findings): void {
  if (!route.isObject) return
  checkActions(route, findings)
  for (const condition of conditionsOf(route)) checkMatch(condition, findings)
  for (const destination of destinationsOf(route)) checkDestination(destination, route, findings)
  checkSplit(route, findings)
  checkFanout(route.at('fanout'), findings)
  checkRespond(route.at('respond'), findings)
  checkRedirect(route.at('redirect'), findings)
}

function checkActions(route: Cursor, findings: Findings): void {
  const found = [...actions, ...comingActions].filter((action) => route.at(action).value !== undefined)
  const [first, second] = found
  const expected = `expected exactly one of ${alternatives(actions.map(ticked))}`
  if (first === undefined && !isMisspelt(route)) findings.error(route, `found no action, ${expected}`)
  if (second !== undefined) findings.error(route.at(second), `found ${found.map(ticked).join(' and ')}, ${expected}`, 'key')
  checkAddition(route.at('sticky'), ['split'], found, findings)
  checkAddition(route.at('mirror'), ['forward', 'split', 'fanout'], found, findings)
  checkTunnels(route, found, findings)
}

/** A tunnel has two ends: it can be neither combined nor answered here. */
function checkTunnels(route: Cursor, found: readonly string[], findings: Findings): void {
  const action = found.find((name) => name !== 'forward' && name !== 'split')
  const condition = conditionsOf(route).find(takesConnect)
  if (condition === undefined || action === undefined) return
  findings.error(condition.at('method'), `\`CONNECT\` goes with \`forward\` or \`split\` only, found ${ticked(action)}`)
}

/** Then the schema has spoken of it already. */
function isMisspelt(route: Cursor): boolean {
  return route.entries().some(([key]) => nearest(key, actions) !== undefined)
}

function checkAddition(addition: Cursor, goesWith: readonly string[], found: readonly string[], findings: Findings): void {
  if (!addition.present || found.length === 0 || goesWith.some((action) => found.includes(action))) return
  findings.error(addition, `goes with ${alternatives(goesWith.map(ticked))} only, found ${found.map(ticked).join(' and ')}`, 'key')
}

/** Weights that are left out are 1. A sticky caller is bound to a name. */
function checkSplit(route: Cursor, findings: Findings): void {
  const split = route.at('split')
  const destinations = split.items()
  if (route.at('sticky').present) checkDestinationNames(destinations, findings)
  const idle = destinations.length > 0 && destinations.every((destination) => destination.at('weight').number === 0)
  if (idle) findings.error(split, 'every weight is 0, so no destination would ever be chosen')
}

function checkRespond(respond: Cursor, findings: Findings): void {
  checkHeaderValues(respond.at('headers'), findings)
  const status = respond.at('status').number
  const body = respond.at('body')
  if (status !== undefined && bodiless.has(status) && body.text !== undefined && body.text !== '') {
    findings.error(body, `an answer with status ${status} has no body`)
  }
}

function checkRedirect(redirect: Cursor, findings: Findings): void {
  if (!redirect.isObject) return
  checkPath(redirect.at('path'), 'with query', findings)
  const changes = ['scheme', 'host', 'port', 'path'].some((key) => redirect.at(key).present)
  if (!changes) findings.error(redirect, 'would send the caller back to where it came from, expected `scheme`, `host`, `port` or `path`')
}

function ticked(word: string): string {
  return `\`${word}\``
}
