/**
 * Randomness, passed in so that every choice that a test looks at can be repeated.
 */
import { randomFillSync } from 'node:crypto'

export interface Random {
  /** Uniform in [0, 1). Not for secrets. */
  float(): number
  /** `bytes` random bytes as lower-case hex, never all zero (W3C trace context forbids it). */
  hex(bytes: number): string
}

const pool = Buffer.alloc(4096)
let used = pool.length

/** Refilling a pool makes one system call for hundreds of identifiers. @returns where in the pool so many bytes are. */
function take(bytes: number): number {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return used - bytes
}

function pooledHex(bytes: number): string {
  const at = take(bytes)
  return pool.toString('hex', at, at + bytes)
}

const digits = Buffer.from('0123456789abcdef')
const uuidText = Buffer.from('00000000-0000-4000-8000-000000000000')
/** Where the first digit of each byte stands. */
const uuidPlaces = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** @returns a UUID of version 4 (RFC 9562 section 5.4), as one flat string: crypto.randomUUID() joins twenty, in ten times the memory. */
export function randomUuid(): string {
  const from = take(16)
  for (let i = 0; i < 16; i++) {
    const place = uuidPlaces[i] as number
    let byte = pool[from + i] as number
    if (i === 6) byte = (byte & 0x0f) | 0x40
    else if (i === 8) byte = (byte & 0x3f) | 0x80
    uuidText[place] = digits[byte >> 4] as number
    uuidText[place + 1] = digits[byte & 15] as number
  }
  return uuidText.toString('latin1')
}

function isAllZero(hex: string): boolean {
  for (let i = 0; i < hex.length; i++) if (hex.charCodeAt(i) !== 48) return false
  return true
}

export const systemRandom: Random = {
  float: () => Math.random(),
  hex(bytes) {
    let hex = pooledHex(bytes)
    while (isAllZero(hex)) hex = pooledHex(bytes)
    return hex
  },
}
