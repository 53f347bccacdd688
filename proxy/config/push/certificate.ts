/**
 * `POST /v1/certificate`: how a sidecar asks for its certificate. Authorised by `Authorization: Bearer <join token>`,
 * or by the client certificate that it was given before (renewal).
 */
import * as z from 'zod/mini'

/** PKCS#10, PEM. Only its key counts: the identity comes from the token or the certificate that the request is authorised by. */
export const certificateRequest = z.strictObject({ csr: z.string().check(z.maxLength(8192)) })

export const certificateResponse = z.strictObject({
  /** `spiffe://<trust-domain>/ns/<namespace>/sa/<account>` */
  spiffeId: z.string(),
  /** PEM, leaf first, intermediates after it. */
  chain: z.string(),
  /** PEM; every root that is trusted now, two during a change of the root. */
  trustBundle: z.string(),
  /** ISO 8601. */
  notAfter: z.string(),
})

export type CertificateRequest = z.infer<typeof certificateRequest>
export type CertificateResponse = z.infer<typeof certificateResponse>
