/**
 * What people should know of this workload's certificate, in one sentence.
 */
import { distance } from '../svid/validity.ts'
import { endsSoon, type HeldCertificate } from './held-certificate.ts'

export interface CertificateState {
  readonly held: HeldCertificate | null
  readonly now: number
  /** Why the last attempt failed; undefined when it did not, or none was made. */
  readonly reason: string | undefined
}

/** @returns undefined when there is a certificate, with a quarter of its life left at least. */
export function certificateTrouble({ held, now, reason }: CertificateState): string | undefined {
  const because = reason === undefined ? '' : `: ${reason}`
  if (held === null) return `no certificate yet${because}`
  if (now > held.notAfter) return `the certificate expired ${distance(now - held.notAfter)} ago, mesh connections are refused${because}`
  return endsSoon(held, now) ? `the certificate ends in ${distance(held.notAfter - now)} and is not renewed${because}` : undefined
}
