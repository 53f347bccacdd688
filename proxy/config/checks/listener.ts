/**
 * One listener: an inbound one goes to its app and nowhere else, and its rules can be met.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'
import { checkMethod } from './method.ts'
import { checkPath } from './path-text.ts'
import { checkPort } from './port.ts'

const conditions = ['from', 'method', 'path', 'pathPrefix']

export function checkListener(listener: Cursor, findings: Findings): void {
  const [inbound, host] = [listener.at('inbound'), listener.at('host')]
  if (!inbound.present) return
  if (host.present) findings.error(host, 'found both `inbound` and `host`: an inbound listener goes to its `app`, whatever the host', 'key')
  checkPort(inbound.at('app'), findings)
  for (const rule of inbound.at('allow').items()) checkRule(rule, findings)
}

function checkRule(rule: Cursor, findings: Findings): void {
  if (!rule.isObject) return
  const [path, pathPrefix] = [rule.at('path'), rule.at('pathPrefix')]
  if (path.present && pathPrefix.present) findings.error(pathPrefix, 'found both `path` and `pathPrefix`, expected one of them', 'key')
  checkPath(path, 'without query', findings)
  checkPath(pathPrefix, 'without query', findings)
  checkMethod(rule.at('method'), findings, 'an inbound listener serves no `CONNECT`')
  // A rule that was left empty by mistake would open everything.
  if (rule.entries().length === 0)
    findings.error(rule, `found no condition, expected at least one of ${conditions.map((key) => `\`${key}\``).join(', ')}`)
}
