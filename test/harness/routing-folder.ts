/**
 * A folder of routing files for one test: made empty, removed at its end.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export class RoutingFolder {
  readonly path: string
  #mounts = 0

  constructor() {
    const base = mkdtempSync(join(tmpdir(), 'tandem-routing-'))
    this.path = join(base, 'routing')
    mkdirSync(this.path)
    onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  }

  at(name: string): string {
    return join(this.path, name)
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.at(name)), { recursive: true })
    writeFileSync(this.at(name), text)
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true })
  }

  rename(from: string, to: string): void {
    renameSync(this.at(from), this.at(to))
  }

  link(name: string, target: string): void {
    symlinkSync(target, this.at(name))
  }

  /** As the kubelet puts a ConfigMap in place: a new hidden folder, `..data` swapped to it, links to new keys, the old folder removed. */
  mount(texts: Readonly<Record<string, string>>, stale: readonly string[] = []): void {
    const folder = `..2026_01_01_${++this.#mounts}`
    for (const [name, text] of Object.entries(texts)) this.write(`${folder}/${name}`, text)
    this.link('..data_tmp', folder)
    this.rename('..data_tmp', '..data')
    for (const name of stale) this.remove(name)
    if (this.#mounts > 1) this.remove(`..2026_01_01_${this.#mounts - 1}`)
    for (const name of Object.keys(texts)) this.#linkOnce(name)
  }

  #linkOnce(name: string): void {
    try {
      this.link(name, `..data/${name}`)
    } catch {
      // It is there from before.
    }
  }
}
