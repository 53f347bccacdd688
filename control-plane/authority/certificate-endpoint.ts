/**
 * `POST /v1/certificate`: an attested caller's request becomes its certificate. Answers are JSON; refusals are problems (RFC 9457).
 */
import { type CertificateResponse, certificateRequest } from '../../proxy/config/push/certificate.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { Audit } from './audit.ts'
import { type Attested, type AuthorityView, type Issued, RefusedRequest } from './authority.ts'
import type { Tokens } from './tokens.ts'

export interface CertificateCall {
  readonly body: Buffer
  readonly attested: Attested
  /** The caller's address, without the port. */
  readonly from: string
}

export interface CertificateProblem {
  readonly title: string
  readonly status: number
  readonly detail: string
}

/** `application/json` at 200, else `application/problem+json`. */
export type CertificateAnswer =
  | { readonly status: 200; readonly json: CertificateResponse }
  | { readonly status: 400 | 503; readonly json: CertificateProblem }

export type CertificateEndpoint = (call: CertificateCall) => Promise<CertificateAnswer>

export interface CertificateEndpointDeps {
  readonly authority: Pick<AuthorityView, 'issue' | 'trustBundle'>
  readonly tokens: Pick<Tokens, 'ended'>
  readonly audit: Audit
  readonly logger: Logger
}

/** The caller should stop reading here. */
export const maxRequestBytes = 16 * 1024

export function createCertificateEndpoint({ authority, tokens, audit, logger }: CertificateEndpointDeps): CertificateEndpoint {
  return async ({ body, attested, from }) => {
    try {
      const issued = await authority.issue(csrIn(body), attested)
      refuseEnded(attested)
      const notAfter = issued.notAfter.toISOString()
      audit.append({ event: 'issued', by: attested.by, spiffeId: issued.spiffeId, serial: issued.serial, notAfter, address: from })
      return { status: 200, json: responseOf(issued, authority.trustBundle()) }
    } catch (error) {
      return error instanceof RefusedRequest ? refused(error, { attested, from }) : failed(error)
    }
  }

  /** Its request came at the caller's own pace: the token may have been revoked since it was shown. @throws RefusedRequest */
  function refuseEnded({ tokenId }: Attested): void {
    const ended = tokenId === undefined ? undefined : tokens.ended(tokenId)
    if (ended !== undefined) throw new RefusedRequest(ended)
  }

  function refused({ message }: RefusedRequest, { attested, from }: Omit<CertificateCall, 'body'>): CertificateAnswer {
    audit.note({ event: 'refused', by: attested.by, reason: message, address: from })
    return { status: 400, json: { title: 'Certificate request refused', status: 400, detail: message } }
  }

  function failed(error: unknown): CertificateAnswer {
    logger.error('a certificate cannot be issued', { reason: error instanceof Error ? error.message : String(error) })
    return { status: 503, json: { title: 'No certificate can be issued', status: 503, detail: 'the log of the control plane says why' } }
  }
}

/** @throws RefusedRequest */
function csrIn(body: Buffer): string {
  if (body.length > maxRequestBytes) throw new RefusedRequest(`the body is larger than ${maxRequestBytes} bytes`)
  const request = certificateRequest.safeParse(parsed(body))
  if (!request.success) throw new RefusedRequest('expected a JSON object with the member csr, a request in PEM')
  return request.data.csr
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

function responseOf({ spiffeId, chainPem, notAfter }: Issued, trustBundle: string): CertificateResponse {
  return { spiffeId, chain: chainPem, trustBundle, notAfter: notAfter.toISOString() }
}
