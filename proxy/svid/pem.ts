/**
 * PEM: the certificates in a text, one by one.
 */
import { type SvidCertificate, readSvidCertificate } from './certificate.ts'

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** Each certificate on its own, normalised: so the same certificate is the same text. */
export function splitPem(text: string): string[] {
  return [...text.matchAll(block)].map(([pem]) => toPem(derOf(pem)))
}

export function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** @throws an Error when there is none, or one that cannot be read. */
export function readCertificates(pem: string): SvidCertificate[] {
  const certificates = splitPem(pem).map((one) => readSvidCertificate(derOf(one)))
  if (certificates.length === 0) throw new Error('found no certificate in it, expected PEM')
  return certificates
}

export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
}
