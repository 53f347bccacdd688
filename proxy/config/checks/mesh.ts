/**
 * What needs an identity needs a control plane, which issues it.
 */
import type { Cursor } from '../cursor.ts'
import type { Findings } from './findings.ts'

export function checkMesh(document: Cursor, findings: Findings): void {
  if (document.at('controlPlane').present) return
  for (const listener of document.at('listeners').items()) {
    if (listener.at('inbound').present) findings.error(listener.at('inbound'), needsControlPlane('`inbound`'), 'key')
  }
  for (const [, upstream] of document.at('upstreams').entries()) {
    if (upstream.at('tls').text === 'mesh') findings.error(upstream.at('tls'), needsControlPlane('`tls: mesh`'))
  }
}

function needsControlPlane(what: string): string {
  return `${what} needs the certificate that a control plane issues, expected \`controlPlane\` at the top of the file`
}
