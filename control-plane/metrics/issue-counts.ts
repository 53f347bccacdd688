/**
 * Counts what becomes of requests for certificates, on their way to the endpoint that answers them.
 */
import type { CertificateEndpoint } from '../authority/certificate-endpoint.ts'

/** Since the start. */
export interface IssueCounts {
  issued: number
  /** The request was no good. */
  refused: number
  /** The authority was not able to. */
  failed: number
}

const outcomes = { 200: 'issued', 400: 'refused', 503: 'failed' } as const

export function countingEndpoint(endpoint: CertificateEndpoint, counts: IssueCounts): CertificateEndpoint {
  return async (call) => {
    const answer = await endpoint(call)
    counts[outcomes[answer.status]]++
    return answer
  }
}
