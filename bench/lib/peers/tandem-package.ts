/**
 * Tandem as it ships: the programs of this checkout, bundled at the start of the run, in a folder laid out as the package is.
 * The checkout itself runs from its sources, which costs more memory and a slower start than anybody who installs it has.
 */
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root, writeBundle } from '../../../build/bundle.ts'

const packed = new Map<string, Promise<string>>()

async function pack(folder: string): Promise<string> {
  const home = join(folder, 'tandem')
  await writeBundle(join(home, 'dist'))
  for (const part of ['bin', 'package.json']) cpSync(join(root, part), join(home, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
  return join(home, 'bin')
}

/** Made once for each run. @param folder of the run. @returns the folder of `tandem-proxy` and `tandem-control-plane`. */
export function tandemPrograms(folder: string): Promise<string> {
  const made = packed.get(folder) ?? pack(folder)
  packed.set(folder, made)
  return made
}
