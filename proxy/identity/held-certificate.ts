/**
 * The certificate that is in use, with its key. It is looked at as a peer would, before it is believed.
 */
import type { KeyObject } from 'node:crypto'
import type { CertificateResponse } from '../config/push/certificate.ts'
import { readSvidCertificate } from '../svid/certificate.ts'
import { derOf, readCertificates, splitPem } from '../svid/pem.ts'
import { parseSpiffeId } from '../svid/spiffe-id.ts'
import { verifyPeer } from '../svid/verify-peer.ts'

export interface HeldCertificate {
  readonly spiffeId: string
  readonly trustDomain: string
  /** PEM, leaf first. */
  readonly chain: string
  readonly key: KeyObject
  /** Epoch milliseconds of this machine's clock. */
  readonly since: number
  readonly notAfter: number
}

/** @throws an Error with the reason for which it is of no use. */
export function holdCertificate({ spiffeId, chain, trustBundle }: CertificateResponse, key: KeyObject, now: number): HeldCertificate {
  const trustDomain = parseSpiffeId(spiffeId)?.trustDomain
  if (trustDomain === undefined) throw new Error('the control plane answered with something that is no SPIFFE id')
  const ders = splitPem(chain).map(derOf)
  const verdict = verifyPeer(ders, { roots: readCertificates(trustBundle), trustDomain, now, roles: ['server', 'client'] })
  if ('refused' in verdict) throw new Error(`the certificate that the control plane issued is of no use: ${verdict.refused}`)
  const { x509, notAfter } = readSvidCertificate(ders[0] as Buffer)
  if (verdict.id !== spiffeId || !x509.checkPrivateKey(key))
    throw new Error('the control plane answered with the certificate of another request')
  return { spiffeId, trustDomain, chain: splitPem(chain).join(''), key, since: now, notAfter }
}

/** Epoch milliseconds: about half of its life, spread so that sidecars which started together do not come together. @param share 0 to 1. */
export function renewalTime({ since, notAfter }: HeldCertificate, share: number): number {
  return since + (notAfter - since) * (0.45 + 0.1 * share)
}

/** Less than a quarter of its life is left: half of the tries to renew it have failed. */
export function endsSoon({ since, notAfter }: HeldCertificate, now: number): boolean {
  return notAfter - now < (notAfter - since) / 4
}

export function keyPemOf({ key }: HeldCertificate): string {
  return key.export({ type: 'pkcs8', format: 'pem' })
}
