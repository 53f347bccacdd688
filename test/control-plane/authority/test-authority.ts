/**
 * An authority in a folder of its own, with a clock that stands still.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type AuthorityOptions, openAuthority } from '../../../control-plane/authority/open-authority.ts'
import { makeKeyAndRequest } from '../../../proxy/identity/certificate-request.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { derOf, readCertificates, splitPem } from '../../../proxy/svid/pem.ts'
import { type PeerVerdict, verifyPeer } from '../../../proxy/svid/verify-peer.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

export const checkout = { namespace: 'shop', account: 'checkout', by: 'test' }
export const hourMs = 3_600_000

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-authority-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** 24 h and 1 h, as by default. Closed when the test ends. */
export async function startAuthority(options: Partial<Omit<AuthorityOptions, 'clock'>> & { readonly clock?: ManualClock } = {}) {
  const clock = options.clock ?? new ManualClock()
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => clock.wall(),
  )
  const state = options.state ?? join(temporaryFolder(), 'state')
  const defaults = { trustDomain: 'mesh.test', ttlMs: 24 * hourMs, overlapMs: hourMs, files: null, hosts: [] }
  const opened = await openAuthority({ ...defaults, logger, ...options, state, clock })
  let closed = false
  const close = () => {
    if (!closed) opened.close()
    closed = true
  }
  onTestFinished(close)
  return { ...opened, close, clock, state, said, auditLines: () => auditLines(state) }
}

export function auditLines(state: string): Record<string, unknown>[] {
  const lines = readFileSync(join(state, 'audit.log'), 'utf8').trimEnd().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

export function derChain(pem: string): Buffer[] {
  return splitPem(pem).map(derOf)
}

/** As a sidecar with this trust bundle would see a peer with this chain. */
export function judge(chainPem: string, bundle: string, now: number): PeerVerdict {
  return verifyPeer(derChain(chainPem), { roots: readCertificates(bundle), trustDomain: 'mesh.test', now, roles: ['server', 'client'] })
}

export async function request(): Promise<string> {
  return (await makeKeyAndRequest()).csr
}
