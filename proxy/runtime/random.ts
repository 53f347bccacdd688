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

/** Refilling a pool makes one system call for hundreds of identifiers. */
function pooledHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const hex = pool.toString('hex', used, used + bytes)
  used += bytes
  return hex
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
