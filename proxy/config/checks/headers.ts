/**
 * Header fields that a route writes or matches: values that keep their line, and no field that is the business of the connection.
 */
import type { Cursor } from '../cursor.ts'
import { controlByte, hasControlByte } from '../header-value.ts'
import type { Findings } from './findings.ts'

/** Framing and hop-by-hop fields (RFC 9110 sections 7.6.1 and 8.6, RFC 9112 section 6). */
const connectionFields = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** @param changes `{ set, add, remove }`. */
export function checkHeaderChanges(changes: Cursor, findings: Findings): void {
  checkHeaderValues(changes.at('set'), findings)
  checkHeaderValues(changes.at('add'), findings)
  for (const name of changes.at('remove').items()) if (name.text !== undefined) checkName(name, name.text, 'value', findings)
}

/** @param fields names and values. */
export function checkHeaderValues(fields: Cursor, findings: Findings): void {
  const seen = new Set<string>()
  for (const [name, value] of fields.entries()) {
    checkName(value, name, 'key', findings)
    checkTwice(value, name, seen, findings)
    if (value.text !== undefined && hasControlByte(value.text)) findings.error(value, `found ${controlByte}`)
  }
}

/** @param fields names and conditions of a match. */
export function checkMatchedHeaders(fields: Cursor, findings: Findings): void {
  const seen = new Set<string>()
  for (const [name, value] of fields.entries()) {
    checkTwice(value, name, seen, findings)
    if (name.toLowerCase() === 'host') findings.error(value, '`host` is matched by `match.host`', 'key')
    else if (connectionFields.has(name.toLowerCase()) && name.toLowerCase() !== 'content-length') findings.error(value, neverSeen, 'key')
  }
}

const neverSeen = 'this field belongs to one connection and is gone before routes are matched'

function checkName(at: Cursor, name: string, part: 'key' | 'value', findings: Findings): void {
  const lower = name.toLowerCase()
  if (lower === 'host') findings.error(at, "`host` is not changed here: the destination's `host` replaces it", part)
  else if (connectionFields.has(lower))
    findings.error(at, `\`${lower}\` belongs to one connection and is written by the sidecar itself`, part)
}

function checkTwice(at: Cursor, name: string, seen: Set<string>, findings: Findings): void {
  const lower = name.toLowerCase()
  if (seen.has(lower)) findings.error(at, `the field \`${lower}\` stands here twice; field names have no case`, 'key')
  seen.add(lower)
}
