/**
 * Serial numbers (RFC 5280, 4.1.2.2): positive, at most 20 octets, unguessable.
 *
 * The serial of a workload's certificate says which join token its line of renewals began with, so that revoking the token ends the line
 * although nobody keeps a list of certificates. Not a secret: a token's id alone opens nothing.
 */
import { randomBytes } from 'node:crypto'

const marker = { plain: '50', token: '54' } as const
const tokenIdBytes = 6
const serialBytes = 20

export function plainSerial(): string {
  return marker.plain + randomBytes(serialBytes - 1).toString('hex')
}

/** @param tokenId 12 hexadecimal digits. */
export function tokenSerial(tokenId: string): string {
  return marker.token + tokenId + randomBytes(serialBytes - 1 - tokenIdBytes).toString('hex')
}

/** @returns the join token that it began with; undefined where it was not a join token. */
export function tokenOfSerial(serial: string): string | undefined {
  const text = serial.toLowerCase()
  return text.startsWith(marker.token) && text.length === serialBytes * 2 ? text.slice(2, 2 + tokenIdBytes * 2) : undefined
}
