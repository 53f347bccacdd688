/**
 * Goldens: what came out last time and was looked at by somebody. `UPDATE_GOLDENS=1` writes them anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @param name path below test/golden. @param text what came out now. @returns what should have. */
export function golden(name: string, text: string): string {
  const file = fileURLToPath(new URL(`../golden/${name}`, import.meta.url))
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return readFileSync(file, 'utf8')
}
