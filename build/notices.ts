/**
 * The notices of what is in the bundle: for each package whose code is there, its name, version and licence text.
 * The licences ask for it wherever the code goes, and the package has no node_modules of its own that would carry them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OutputChunk } from 'rolldown'

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly folder: string
}

/** The text that a package.json may leave to a file of this kind. */
const licenceFile = /^(licen[cs]e|copying|notice)([.-].*)?$/i

/** Some folders within a package have a package.json that says only how to load what lies there. */
function packageOf(module: string): Package {
  for (let folder = dirname(module); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) continue
    const { name, version, license } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Package>
    if (name !== undefined && version !== undefined) return { name, version, license: license ?? 'see below', folder }
  }
}

/** Each once, by name; two versions of one package are two. */
function bundledPackages(chunks: readonly OutputChunk[]): Package[] {
  const modules = chunks.flatMap(({ modules: all }) => Object.entries(all))
  const used = modules.filter(([id, { renderedLength }]) => renderedLength > 0 && id.includes('/node_modules/')).map(([id]) => id)
  const packages = new Map(used.map(packageOf).map((one) => [`${one.name} ${one.version}`, one]))
  return [...packages.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** @throws Error for a package that says nothing of its licence: it may not be bundled before somebody has looked. */
function notice({ name, version, license, folder }: Package): string {
  const files = readdirSync(folder).filter((file) => licenceFile.test(file))
  if (files.length === 0 && license === 'see below') throw new Error(`${name} ${version} has no licence`)
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
}

export function notices(chunks: readonly OutputChunk[]): string {
  const rule = `\n\n${'-'.repeat(80)}\n\n`
  return `${['Tandem contains code of these packages.', ...bundledPackages(chunks).map(notice)].join(rule)}\n`
}
