/**
 * The way to a certificate over the network: connection, call, answer. Kept apart from when it is asked, which is in renewing-identity.ts.
 */
import type { Clock } from '../runtime/clock.ts'
import { callForCertificate, type CertificateAnswer } from './certificate-call.ts'
import { openControlPlaneConnection } from './control-plane-connection.ts'
import type { HeldCertificate } from './held-certificate.ts'
import type { Trust } from './trust.ts'

/** As `controlPlane` of the bootstrap has it. */
export interface ControlPlaneAccess {
  readonly url: string
  /** Join token, or the token of a service account; asked for whenever it is shown, as it may change. */
  readonly token: () => string
  /** Path of a PEM file. */
  readonly trustBundle: string
}

/** @param by authorises the request; null is the token. @throws CertificateRefused, or an Error with the reason. */
export type AskForCertificate = (csr: string, by: HeldCertificate | null, signal: AbortSignal) => Promise<CertificateAnswer>

/** For the connection, and for the answer. */
const timeoutMs = 10_000

export function askControlPlane({ url, token }: ControlPlaneAccess, trust: Trust, clock: Clock): AskForCertificate {
  return async (csr, by, signal) => {
    const socket = await openControlPlaneConnection({ url, trust, certificate: by, clock, timeoutMs, signal })
    const authorization = by === null ? `Bearer ${token()}` : undefined
    return callForCertificate({ url, socket, csr, authorization, clock, timeoutMs, signal })
  }
}
