/**
 * A credential that is read whenever it is used, as what stands in `${file:...}` may be exchanged while the sidecar runs: an operator
 * writes another join token, Kubernetes a fresh token of the service account.
 *
 * Invariant: it is never less than it was: while a file is away or empty, as in the moment of its exchange, the last good text counts.
 */
import { hasControlByte } from './header-value.ts'
import { filledAgain, type SecretSources } from './secrets.ts'

/** @returns the text as it is now. Never throws. */
export type CredentialSource = () => string

/** @param text as it was written. @param filled what it was when the configuration was read. */
export function credentialSource(text: string, filled: string, sources: SecretSources): CredentialSource {
  if (!text.includes('${file:')) return () => filled
  let last = filled
  return () => {
    const now = filledAgain(text, sources)
    if (now !== undefined && now !== '' && !hasControlByte(now)) last = now
    return last
  }
}
