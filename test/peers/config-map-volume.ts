/**
 * A folder that shows files as the kubelet shows ConfigMaps: links into `..data`, itself a link that is swapped in one step.
 */
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export class ConfigMapVolume {
  readonly folder: string
  #generation = 0

  constructor(folder: string) {
    this.folder = folder
  }

  async show(files: Readonly<Record<string, string>>): Promise<void> {
    const before = `..generation-${this.#generation}`
    const next = `..generation-${++this.#generation}`
    await mkdir(join(this.folder, next), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.folder, next, name), text)
    await symlink(next, join(this.folder, '..data_tmp'))
    await rename(join(this.folder, '..data_tmp'), join(this.folder, '..data'))
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(this.folder, name)).catch(isThere)
    await rm(join(this.folder, before), { recursive: true, force: true })
  }
}

function isThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
