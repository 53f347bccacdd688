/**
 * A fan-out: distinct names in the combined answer, and a success that the destinations can reach.
 */
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import { didYouMean } from '../suggestion.ts'
import { checkDestinationNames } from './destination.ts'
import { checkExpression } from './expression.ts'
import type { Findings } from './findings.ts'
import { checkHeaderChanges } from './headers.ts'
import { checkMethod, neverSent } from './method.ts'
import { checkPath } from './path-text.ts'

export function checkFanout(fanout: Cursor, findings: Findings): void {
  const destinations = fanout.at('to').items()
  const names = checkDestinationNames(destinations, findings)
  checkSucceed(fanout.at('succeed'), destinations, findings)
  checkRespond(fanout.at('respond'), names, findings)
  for (const destination of destinations) checkCompensate(destination.at('compensate'), findings)
}

function checkSucceed(succeed: Cursor, destinations: readonly Cursor[], findings: Findings): void {
  const quorum = succeed.at('quorum')
  if (quorum.number !== undefined && destinations.length > 0 && quorum.number > destinations.length) {
    findings.error(quorum, `found a quorum of ${quorum.number}, expected at most ${destinations.length}, the number of destinations`)
  }
  const required = destinations.some((destination) => destination.at('required').value === true)
  if (succeed.text === 'required' && !required) findings.error(succeed, 'found no destination with `required: true`, expected at least one')
}

function checkRespond(respond: Cursor, names: ReadonlySet<string>, findings: Findings): void {
  const from = respond.at('from')
  if (from.text !== undefined && !names.has(from.text)) {
    const hint = didYouMean(from.text, names)
    findings.error(
      from,
      `no destination is called ${quoted(from.text)}${hint === '' ? `, expected one of ${[...names].join(', ')}` : hint}`,
    )
  }
  checkExpression(respond.at('jsonata'), findings)
}

function checkCompensate(compensate: Cursor, findings: Findings): void {
  checkMethod(compensate.at('method'), findings, neverSent)
  checkPath(compensate.at('path'), 'with query', findings)
  checkExpression(compensate.at('body'), findings)
  checkHeaderChanges(compensate.at('headers'), findings)
}
