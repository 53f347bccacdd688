/**
 * Writes DER, as much of it as a certificate request needs. Reading is in svid/der.ts.
 */
import { derTag } from '../svid/der.ts'

/** One value: tag, minimal length, content. */
export function writeDer(tag: number, ...content: readonly Buffer[]): Buffer {
  const joined = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(joined.length), joined])
}

export function writeSequence(...content: readonly Buffer[]): Buffer {
  return writeDer(derTag.sequence, ...content)
}

/** A BIT STRING of whole octets. */
export function writeBitString(bits: Buffer): Buffer {
  return writeDer(derTag.bitString, Buffer.from([0]), bits)
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.trunc(rest / 256)) octets.unshift(rest % 256)
  return Buffer.from([0x80 | octets.length, ...octets])
}
