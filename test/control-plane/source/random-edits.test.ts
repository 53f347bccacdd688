import { describe, expect, test } from 'vitest'
import { readAtOnce } from '../../../control-plane/source/file-reader.ts'
import { FolderReader } from '../../../control-plane/source/folder-reader.ts'
import type { Publication } from '../../../control-plane/source/source.ts'
import { RoutingFolder } from '../../harness/routing-folder.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { routesFile } from './merging.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const broken = [
  '',
  'routes: [ {',
  'rotes: []',
  'routes: 5',
  '- x',
  'for: 5\nroutes: []',
  '\0',
  'routes:\n  - { name: x, respond: {} }\n  - {',
]

/** A folder that is edited at random. It knows what its files say. */
class EditedFolder {
  readonly folder = new RoutingFolder()
  readonly texts = new Map<string, string>()
  readonly #random: SeededRandom

  constructor(random: SeededRandom) {
    this.#random = random
  }

  edit(): void {
    const name = `${this.#random.pick(['', '', 'sub/', 'sub/deep/'])}${this.#random.pick(names)}.yaml`
    const known = [...this.texts.keys()]
    const kind = known.length === 0 ? 'write' : this.#random.pick(['remove', 'rename', 'write', 'write', 'write', 'write'])
    if (kind === 'remove') this.remove(this.#random.pick(known))
    else if (kind === 'rename') this.#rename(this.#random.pick(known), name)
    else this.write(name, this.#random.chance(25) ? this.#random.pick(broken) : this.#content())
  }

  /** Ends in a state without errors: each object in one file. */
  settle(): void {
    for (const name of this.texts.keys()) this.remove(name)
    for (const name of names)
      if (this.#random.chance(70)) this.write(`${name}.yaml`, routesFile({ [`r-${name}`]: 200 + this.#random.below(3) }))
  }

  write(name: string, text: string): void {
    this.folder.write(name, text)
    this.texts.set(name, text)
  }

  remove(name: string): void {
    this.folder.remove(name)
    this.texts.delete(name)
  }

  #rename(from: string, to: string): void {
    if (from === to) return
    this.write(to, this.texts.get(from) ?? '')
    this.remove(from)
  }

  #content(): string {
    const routes = names.filter(() => this.#random.chance(30)).map((name) => [`r-${name}`, this.#random.pick([99, 200, 201, 202])])
    const selector = this.#random.chance(20) ? 'for: { workload: w }\n' : ''
    return selector + routesFile(Object.fromEntries(routes) as Record<string, number>)
  }
}

/** Comparable, whatever the order. */
function shown({ resources, errors }: Publication): unknown {
  return { resources: resources.map((resource) => JSON.stringify(resource)).toSorted(), errors }
}

describe('after random edits', () => {
  test('a valid folder is published as by a fresh reader, in 60 histories', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const edited = new EditedFolder(new SeededRandom(seed))
      const reader = new FolderReader(edited.folder.path, readAtOnce)
      let last: Publication = { resources: [], errors: [] }
      for (let step = 0; step < 12; step++) {
        edited.edit()
        last = (await reader.read()) ?? last
      }
      edited.settle()
      last = (await reader.read()) ?? last
      const fresh = await new FolderReader(edited.folder.path, readAtOnce).read()
      expect(last.errors).toEqual([])
      expect({ seed, ...(shown(last) as object) }).toEqual({ seed, ...(shown(fresh as Publication) as object) })
    }
  })

  test('each object is there once, has a form that it once validly had, and is never lost while its file is broken', async () => {
    for (let seed = 100; seed < 160; seed++) {
      const edited = new EditedFolder(new SeededRandom(seed))
      const reader = new FolderReader(edited.folder.path, readAtOnce)
      let before: Publication = { resources: [], errors: [] }
      for (let step = 0; step < 15; step++) {
        edited.edit()
        const now = (await reader.read()) ?? before
        const ids = now.resources.map(({ kind, name }) => `${kind}/${name}`)
        expect(new Set(ids).size).toBe(ids.length)
        expect(now.resources.filter(({ body }) => JSON.stringify(body).includes('"status":99'))).toEqual([])
        const stillBroken = before.resources.filter(({ origin }) =>
          broken.includes(edited.texts.get(origin.file.slice(edited.folder.path.length + 1)) ?? 'gone'),
        )
        expect({ seed, step, ids }).toMatchObject({ ids: expect.arrayContaining(stillBroken.map(({ kind, name }) => `${kind}/${name}`)) })
        before = now
      }
    }
  })
})
