/**
 * `npm run build`: makes dist/, which the npm package and the image consist of.
 * Everything is written anew; a failure leaves no half of a bundle behind that would look whole.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, writeBundle } from './bundle.ts'
import { notices } from './notices.ts'

const dist = join(root, 'dist')

try {
  rmSync(dist, { recursive: true, force: true })
  const chunks = await writeBundle(dist)
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices(chunks))
  const bytes = chunks.reduce((sum, { code }) => sum + code.length, 0)
  process.stderr.write(`dist/: ${chunks.length} files, ${(bytes / 1024 / 1024).toFixed(1)} MiB without source maps\n`)
} catch (error) {
  rmSync(dist, { recursive: true, force: true })
  throw error
}
