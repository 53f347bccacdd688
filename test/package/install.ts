/**
 * Before the tests of the package: packs it and installs the tarball in an empty folder, as its users do, from the npm registry.
 * Leaves word of where its programs are in PROGRAMS_UNDER_TEST, which the harness reads.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

async function npm(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('npm', args, { cwd: folder, maxBuffer: 16 * 1024 * 1024 })
  return stdout
}

/** @returns the folder that the programs are in. */
async function install(folder: string): Promise<string> {
  const packed = await npm(root, 'pack', '--json', '--silent', '--pack-destination', folder)
  const [{ filename = '' } = {}] = JSON.parse(packed) as { filename?: string }[]
  // Without it npm would look for a project in the folders above.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  await npm(folder, 'install', '--no-audit', '--no-fund', join(folder, filename))
  return join(folder, 'node_modules/.bin')
}

/** @returns removes it again. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-package-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    process.env['PROGRAMS_UNDER_TEST'] = await install(folder)
    return remove
  } catch (error) {
    await remove()
    throw error
  }
}
