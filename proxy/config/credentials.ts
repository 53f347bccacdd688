/**
 * The files that hold the TLS credentials of upstreams and the trust bundle of the control plane: they are found relative to the configuration, and read once to see that they are what they
 * should be, so that a mistake has a position in the file and is not met by the first call.
 */
import { X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { tls as loadTls } from '../runtime/on-demand.ts'
import type { Finding } from './config-error.ts'
import type { Path } from './path.ts'
import type { Config } from './schema/config.ts'
import type { ControlPlaneConfig } from './schema/control-plane.ts'
import type { TlsConfig, UpstreamConfig } from './schema/upstream.ts'
import { setAt } from './secrets.ts'
import { fileProblem, readSmallFile } from './small-file.ts'

type Part = 'ca' | 'cert' | 'key'
type Pems = Partial<Record<Part, string>>

/** Makes the paths of a configuration absolute, in place. @param config with its secrets filled in. @param folder that they start from. */
export function resolveFiles({ upstreams, controlPlane }: Config, folder: string): Finding[] {
  const findings = Object.entries(upstreams).flatMap(([name, upstream]) => resolveCredentials(upstream, ['upstreams', name], folder))
  return controlPlane === undefined ? findings : [...findings, ...resolveControlPlane(controlPlane, folder)]
}

/** The same for one upstream. @param path where it stands. */
export function resolveCredentials({ tls }: UpstreamConfig, path: Path, folder: string): Finding[] {
  if (typeof tls === 'string') return []
  const findings: Finding[] = []
  const pems = readPems(tls, [...path, 'tls'], folder, findings)
  return findings.length > 0 ? findings : checkPems(pems, [...path, 'tls'])
}

function resolveControlPlane(config: ControlPlaneConfig, folder: string): Finding[] {
  const path = ['controlPlane', 'trustBundle']
  const findings: Finding[] = []
  config.lastGood = resolve(folder, config.lastGood)
  const bundle = readPem(resolve(folder, config.trustBundle), config, path, findings)
  if (findings.length > 0 || isCertificate(bundle)) return findings
  return [{ path, part: 'value', message: 'found no certificate in it, expected PEM' }]
}

function readPems(tls: Exclude<TlsConfig, string>, path: Path, folder: string, findings: Finding[]): Pems {
  const pems: Pems = {}
  for (const part of ['ca', 'cert', 'key'] as const) {
    const text = tls[part]
    if (text === undefined) continue
    if (text.includes('-----BEGIN')) pems[part] = text
    else pems[part] = readPem(resolve(folder, text), tls, [...path, part], findings)
  }
  return pems
}

/** @param owner of the path, which becomes absolute. */
function readPem(file: string, owner: object, path: Path, findings: Finding[]): string {
  setAt(owner, path.slice(-1), file)
  try {
    return readSmallFile(file)
  } catch (error) {
    findings.push({ path, part: 'value', message: `cannot read the file ${file}: ${fileProblem(error)}` })
    return ''
  }
}

function checkPems({ ca, cert, key }: Pems, path: Path): Finding[] {
  const findings: Finding[] = []
  const refuse = (part: Part, message: string) => void findings.push({ path: [...path, part], part: 'value', message })
  if (ca !== undefined && !isCertificate(ca)) refuse('ca', 'found no certificate in it, expected PEM')
  if (cert !== undefined && !isCertificate(cert)) refuse('cert', 'found no certificate in it, expected PEM')
  else if (cert !== undefined && key !== undefined && !isPair(cert, key))
    refuse('key', 'expected the unencrypted private key of `cert`, in PEM')
  return findings
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

function isPair(cert: string, key: string): boolean {
  try {
    return loadTls().createSecureContext({ cert, key }).context !== undefined
  } catch {
    return false
  }
}
