/**
 * One upstream: where its addresses come from, and what belongs together.
 */
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import type { Findings } from './findings.ts'
import { checkPort } from './port.ts'

export function checkUpstream(upstream: Cursor, findings: Findings): void {
  if (!upstream.isObject) return
  checkSource(upstream, findings)
  checkEndpoints(upstream, findings)
  checkTls(upstream, findings)
  checkIdentity(upstream, findings)
}

function checkSource(upstream: Cursor, findings: Findings): void {
  const [endpoints, dns] = [upstream.at('endpoints'), upstream.at('dns')]
  if (endpoints.present && dns.present) findings.error(dns, 'found both `endpoints` and `dns`, expected one of them', 'key')
  if (endpoints.value === undefined && dns.value === undefined)
    findings.error(upstream, 'found no addresses, expected `endpoints` or `dns`', 'key')
  checkPort(dns, findings)
}

function checkEndpoints(upstream: Cursor, findings: Findings): void {
  const seen = new Set<string>()
  for (const endpoint of upstream.at('endpoints').items()) {
    const at = endpoint.isObject ? endpoint.at('address') : endpoint
    const address = at.text
    if (address === undefined) continue
    checkPort(at, findings)
    if (seen.has(address)) findings.error(at, `the endpoint ${quoted(address)} stands here twice; a \`weight\` gives it a larger share`)
    seen.add(address)
  }
}

function checkTls(upstream: Cursor, findings: Findings): void {
  const tls = upstream.at('tls')
  const [cert, key] = [tls.at('cert'), tls.at('key')]
  if (cert.present && !key.present) findings.error(cert, 'found `cert` without `key`: they go together', 'key')
  if (key.present && !cert.present) findings.error(key, 'found `key` without `cert`: they go together', 'key')
  const protocol = upstream.at('protocol')
  if (protocol.text === 'auto' && (!tls.present || tls.text === 'off')) {
    findings.error(protocol, 'found `auto` without `tls`: TLS decides the protocol (ALPN); name `http1` or `http2`, or set `tls`')
  }
}

/** Without it any workload of the mesh could answer in place of the one that was meant. */
function checkIdentity(upstream: Cursor, findings: Findings): void {
  const [tls, identity] = [upstream.at('tls'), upstream.at('identity')]
  if (tls.text === 'mesh' && !identity.present)
    findings.error(tls, 'found `tls: mesh` without `identity`: it says who the upstream has to be')
  if (tls.text !== 'mesh' && identity.present) findings.error(identity, 'goes with `tls: mesh` only', 'key')
}
