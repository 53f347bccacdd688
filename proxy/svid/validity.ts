/**
 * From when until when a certificate is good, in words that name the clock: a wrong one looks just like a wrong certificate.
 */
import type { SvidCertificate } from './certificate.ts'

/** @param what begins the sentence. @returns undefined within its time, both ends included. */
export function timeProblem(
  { notBefore, notAfter }: Pick<SvidCertificate, 'notBefore' | 'notAfter'>,
  now: number,
  what: string,
): string | undefined {
  if (now < notBefore) return `${what} is not valid before ${iso(notBefore)}, ${distance(notBefore - now)} from now; ${clockHint(now)}`
  if (now > notAfter) return `${what} expired at ${iso(notAfter)}, ${distance(now - notAfter)} ago; ${clockHint(now)}`
  return undefined
}

function clockHint(now: number): string {
  return `is this machine's clock right (${iso(now)})?`
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z')
}

/** `10 min 3 s`: two units are enough. */
export function distance(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.trunc(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.trunc(minutes / 60)} h ${minutes % 60} min`
  const hours = Math.round(minutes / 60)
  return `${Math.trunc(hours / 24)} d ${hours % 24} h`
}
