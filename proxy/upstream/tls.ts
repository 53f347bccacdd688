/**
 * How an upstream's connections are encrypted: the configuration becomes a secure context, once for each upstream;
 * with `tls: mesh` the workload's identity makes it, anew for each certificate.
 *
 * Files are read and parsed when the upstream is created, so that a wrong one refuses the configuration and not the first call.
 * Checking the peer belongs to transport/.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { SecureContext } from 'node:tls'
import type { TlsConfig, UpstreamConfig } from '../config/schema/upstream.ts'
import type { WorkloadIdentity } from '../identity/identity.ts'
import { tls as loadTls } from '../runtime/on-demand.ts'
import type { ConnectOptions } from '../transport/connection.ts'
import type { Endpoint } from './endpoint/endpoint.ts'

type TlsClientConfig = Exclude<TlsConfig, 'off' | 'mesh'>

/** What an endpoint's connections are to be encrypted with. */
export type EndpointTls = (endpoint: Endpoint) => ConnectOptions['tls']
const begin = '-----BEGIN CERTIFICATE-----'

type PemKey = 'ca' | 'cert' | 'key'

/**
 * @param identity of this workload, for `tls: mesh`.
 * @throws Error naming the key of the configuration, where a file cannot be read or used, or an identity is missing.
 */
export function endpointTls(upstream: string, config: UpstreamConfig, identity: WorkloadIdentity | undefined): EndpointTls {
  const { tls } = config
  if (tls === 'off') return () => null
  if (tls === 'mesh') return meshTls(upstream, config.identity, identity)
  const secureContext = createTlsContext(upstream, tls)
  return ({ serverName }) => ({ secureContext, serverName: tls.serverName ?? serverName })
}

function meshTls(upstream: string, peerId: string | undefined, identity: WorkloadIdentity | undefined): EndpointTls {
  const key = `upstreams.${upstream}`
  if (peerId === undefined) throw new Error(`${key}.identity: is missing; \`tls: mesh\` needs the SPIFFE id of the upstream`)
  if (identity === undefined) throw new Error(`${key}.tls: mesh needs the identity of this workload, which comes from \`controlPlane\``)
  const tls = { identity, peerId }
  return () => tls
}

/** @throws Error naming the key of the configuration and the file, where one cannot be read or used. */
export function createTlsContext(upstream: string, config: TlsClientConfig): SecureContext {
  const ca = readPem(upstream, 'ca', config.ca)
  const cert = readPem(upstream, 'cert', config.cert)
  const key = readPem(upstream, 'key', config.key)
  checkCertificates(upstream, 'ca', config.ca, ca)
  checkCertificates(upstream, 'cert', config.cert, cert)
  try {
    return loadTls().createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' })
  } catch (error) {
    throw wrong(upstream, 'key', config.key, 'is no private key, or not the one of the certificate', error)
  }
}

function isInline(text: string): boolean {
  return text.includes('-----BEGIN ')
}

function readPem(upstream: string, name: PemKey, text: string | undefined): string | undefined {
  if (text === undefined || isInline(text)) return text
  try {
    return readFileSync(text, 'utf8')
  } catch (error) {
    throw wrong(upstream, name, text, 'cannot be read', error)
  }
}

/** Node takes any text for a list of authorities, and then trusts nobody. */
function checkCertificates(upstream: string, name: PemKey, source: string | undefined, pem: string | undefined): void {
  if (pem === undefined) return
  let count = 0
  try {
    count = parseCertificates(pem).length
  } catch (error) {
    throw wrong(upstream, name, source, 'holds a certificate that cannot be parsed', error)
  }
  if (count === 0) throw wrong(upstream, name, source, 'holds no certificate')
}

function parseCertificates(pem: string): X509Certificate[] {
  const blocks = pem.split(begin).slice(1)
  return blocks.map((block) => new X509Certificate(begin + block))
}

/** PEM text itself is never shown: it may be the key. */
function wrong(upstream: string, name: PemKey, source: string | undefined, what: string, cause?: unknown): Error {
  const where = source === undefined || isInline(source) ? 'the PEM text' : `file ${source}`
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new Error(`upstreams.${upstream}.tls.${name}: ${where} ${what}${why}`, { cause })
}
