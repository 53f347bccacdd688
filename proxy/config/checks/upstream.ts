/**
 * One upstream: where its addresses come from, and what belongs together.
 */
import type { Cursor } from '../cursor.ts'
import { quoted } from '../expectation.ts'
import type { Findings } from './findings.ts'

export function checkUpstream(upstream: Cursor, findings: Findings): void {
  if (!upstream.isObject) return
  checkSource(upstream, findings)
  checkEndpoints(upstream, findings)
  checkTls(upstream, findings)
}

function checkSource(upstream: Cursor, findings: Findings): void {
  const [endpoints, dns] = [upstream.at('endpoints'), upstream.at('dns')]
  if (endpoints.present && dns.present) findings.error(dns, 'found both `endpoints` and `dns`, expected one of them', 'key')
  if (endpoints.value === undefined && dns.value === undefined)
    findings.error(upstream, 'found no addresses, expected `endpoints` or `dns`', 'key')
  if (dns.text !== undefined) checkPort(dns, dns.text, findings)
}

function checkEndpoints(upstream: Cursor, findings: Findings): void {
  const seen = new Set<string>()
  for (const endpoint of upstream.at('endpoints').items()) {
    const at = endpoint.isObject ? endpoint.at('address') : endpoint
    const address = at.text
    if (address === undefined) continue
    checkPort(at, address, findings)
    if (seen.has(address)) findings.error(at, `the endpoint ${quoted(address)} stands here twice; a \`weight\` gives it a larger share`)
    seen.add(address)
  }
}

function checkPort(at: Cursor, address: string, findings: Findings): void {
  if (/:0+$/.test(address)) findings.error(at, 'found port 0, expected a port from 1 to 65535')
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
