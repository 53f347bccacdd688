/**
 * Puts the authority together from one state folder: signing, tokens, attestation, the certificate endpoint and the audit log.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import { type Attest, createAttestation } from './attestation.ts'
import { openAudit } from './audit.ts'
import { CertificateAuthority } from './certificate-authority.ts'
import { type CertificateEndpoint, createCertificateEndpoint } from './certificate-endpoint.ts'
import type { SignerFiles } from './signer-files.ts'
import { StateFolder } from './state-folder.ts'
import { openTokens, type Tokens } from './tokens.ts'

export interface AuthorityOptions {
  readonly trustDomain: string
  /** Path of the state folder. */
  readonly state: string
  readonly ttlMs: number
  readonly overlapMs: number
  readonly files: SignerFiles | null
  /** Further names and addresses of the config port, beside localhost and those of the Service. */
  readonly hosts: readonly string[]
  /** Where the control plane runs in Kubernetes. */
  readonly namespace?: string
  readonly clock: Clock
  readonly logger: Logger
}

export interface OpenAuthority {
  readonly authority: CertificateAuthority
  readonly tokens: Tokens
  readonly attest: Attest
  readonly certificateEndpoint: CertificateEndpoint
  close(): void
}

/** @throws an Error that says what to do about the state folder or the files from outside. */
export async function openAuthority(options: AuthorityOptions): Promise<OpenAuthority> {
  const { clock, logger } = options
  const folder = new StateFolder(options.state)
  const tokens = openTokens(folder, clock)
  const audit = openAudit(folder, clock, logger)
  const hosts = [...new Set([...hostsOf(options.namespace), ...options.hosts])]
  const authority = await CertificateAuthority.open({ ...options, folder, audit, hosts }).catch((error: unknown) => {
    audit.close()
    throw error
  })
  return {
    authority,
    tokens,
    attest: createAttestation({ authority, tokens, audit }),
    certificateEndpoint: createCertificateEndpoint({ authority, tokens, audit, logger }),
    close() {
      authority.close()
      audit.close()
    },
  }
}

const service = 'tandem-control-plane'

function hostsOf(namespace: string | undefined): string[] {
  const local = ['localhost', '127.0.0.1', '::1', service]
  if (namespace === undefined) return local
  const inNamespace = `${service}.${namespace}`
  return [...local, inNamespace, `${inNamespace}.svc`, `${inNamespace}.svc.cluster.local`]
}
