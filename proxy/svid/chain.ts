/**
 * The way from a leaf to a root of the bundle (RFC 5280, section 6, as far as a mesh needs it).
 *
 * Invariant: every signature on the way is verified, and every issuer may issue: CA, key usage, times, path length, nothing critical
 * that is not understood. Each certificate is tried once, so that no chain makes more work than its length.
 */
import type { SvidCertificate } from './certificate.ts'
import { timeProblem } from './validity.ts'

interface Step {
  readonly certificate: SvidCertificate
  /** Intermediates so far; those that a root has issued to itself under another key do not count (RFC 5280, 6.1.4 l). */
  readonly below: number
}

/** @param others what the peer sent beside its leaf, in any order. @returns undefined when there is a way. */
export function chainProblem(
  leaf: SvidCertificate,
  others: readonly SvidCertificate[],
  { roots, now }: { readonly roots: readonly SvidCertificate[]; readonly now: number },
): string | undefined {
  let best: string | undefined
  const untried = new Set(others)
  const steps: Step[] = [{ certificate: leaf, below: 0 }]
  for (const step of steps) {
    for (const issuer of [...roots, ...untried].filter((candidate) => hasIssued(candidate, step.certificate))) {
      const problem = issuerProblem(issuer, step.below, now)
      if (problem === undefined && roots.includes(issuer)) return undefined
      best ??= problem
      untried.delete(issuer)
      if (problem === undefined) steps.push({ certificate: issuer, below: step.below + (isSelfIssued(issuer) ? 0 : 1) })
    }
  }
  return best ?? `the certificate does not lead to a root of the trust bundle; its issuer is ${JSON.stringify(issuerOf(steps.at(-1)))}`
}

function issuerOf(step: Step | undefined): string {
  return step === undefined ? '' : step.certificate.issuer.slice(0, 200)
}

/** The name only spares signatures; the signature decides. `checkIssued` would hide why an issuer may not issue. */
function hasIssued(issuer: SvidCertificate, subject: SvidCertificate): boolean {
  if (issuer === subject || subject.issuer !== issuer.subject) return false
  try {
    return subject.x509.verify(issuer.x509.publicKey)
  } catch {
    // A key of a kind that OpenSSL does not know has signed nothing.
    return false
  }
}

function isSelfIssued({ subject, issuer }: SvidCertificate): boolean {
  return subject === issuer
}

function issuerProblem(issuer: SvidCertificate, below: number, now: number): string | undefined {
  const { isCa, keyUsage, pathLength, notUnderstood, subject } = issuer
  const named = `its issuer (${subject.slice(0, 200)})`
  if (!isCa) return `${named} is no authority`
  if (keyUsage !== null && !keyUsage.has('keyCertSign')) return `${named} lacks the key usage keyCertSign`
  if (pathLength !== null && below > pathLength) return `${named} allows ${pathLength} intermediates, there are ${below}`
  if (notUnderstood.length > 0) return `${named} has a critical extension that is not understood: ${notUnderstood[0]}`
  return timeProblem(issuer, now, named)
}
