import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, truncateSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readAtOnce } from '../../../control-plane/source/file-reader.ts'
import { FolderReader } from '../../../control-plane/source/folder-reader.ts'
import type { Publication } from '../../../control-plane/source/source.ts'
import { RoutingFolder } from '../../harness/routing-folder.ts'
import { errorLines, routesFile, statuses } from './merging.ts'

function reading(folder: RoutingFolder) {
  const reader = new FolderReader(folder.path, readAtOnce)
  return {
    changed: () => reader.read(),
    read: async (): Promise<Publication> => {
      const publication = await reader.read()
      if (publication === null) throw new Error('nothing changed')
      return publication
    },
  }
}

describe('a folder', () => {
  test('is read with all that is below it: YAML and JSON, in the order of the names', async () => {
    const folder = new RoutingFolder()
    folder.write('z.yaml', routesFile({ z: 200 }))
    folder.write('teams/a.yml', routesFile({ a: 200 }))
    folder.write('teams/b.json', '{"routes": [{"name": "b", "respond": {"status": 200}}]}')
    folder.write('README.md', 'routes: 5')
    folder.write('.hidden.yaml', routesFile({ hidden: 200 }))
    folder.write('.git/x.yaml', routesFile({ git: 200 }))
    const { resources, errors } = await reading(folder).read()
    expect(errors).toEqual([])
    expect(resources.map(({ name, origin }) => [name, origin.file])).toEqual([
      ['a', folder.at('teams/a.yml')],
      ['b', folder.at('teams/b.json')],
      ['z', folder.at('z.yaml')],
    ])
  })

  test('that did not change gives no new publication', async () => {
    const folder = new RoutingFolder()
    folder.write('a.yaml', routesFile({ a: 200 }))
    const { read, changed } = reading(folder)
    await read()
    folder.write('a.yaml', routesFile({ a: 200 }))
    folder.write('notes.txt', 'hello')
    expect(await changed()).toBeNull()
  })

  test('that is empty says nothing, without an error', async () => {
    expect(await reading(new RoutingFolder()).read()).toEqual({ resources: [], errors: [] })
  })

  test('that is not there is an error, and is read when it comes', async () => {
    const folder = new RoutingFolder()
    folder.remove('.')
    const { read } = reading(folder)
    expect(errorLines(await read())).toEqual([`${folder.path}: cannot read the folder: it does not exist`])
    folder.write('a.yaml', routesFile({ a: 200 }))
    expect(await read()).toMatchObject({ resources: [{ name: 'a' }], errors: [] })
  })

  test('that is gone for a while keeps what it said', async () => {
    const folder = new RoutingFolder()
    folder.write('sub/a.yaml', routesFile({ a: 200 }))
    const { read } = reading(folder)
    await read()
    renameSync(folder.path, `${folder.path}-away`)
    const away = await read()
    expect([statuses(away), away.errors.length]).toEqual([{ a: 200 }, 1])
    renameSync(`${folder.path}-away`, folder.path)
    expect(await read()).toMatchObject({ resources: [{ name: 'a' }], errors: [] })
  })
})

test('a folder that cannot be watched is read, and the error says that changes are not noticed', async () => {
  const folder = new RoutingFolder()
  folder.write('a.yaml', routesFile({ a: 200 }))
  const publication = await new FolderReader(folder.path, readAtOnce).read(() => 'ENOSPC')
  expect(publication).toMatchObject({ resources: [{ name: 'a' }] })
  expect(errorLines(publication as Publication)).toEqual([`${folder.path}: changes in it are not noticed: ENOSPC`])
})

describe('files that change', () => {
  test('a renamed file keeps its objects, from their new place', async () => {
    const folder = new RoutingFolder()
    folder.write('a.yaml', routesFile({ a: 200 }))
    const { read } = reading(folder)
    const before = await read()
    folder.rename('a.yaml', 'b.yaml')
    const after = await read()
    expect(after.errors).toEqual([])
    expect(after.resources[0]?.body).toBe(before.resources[0]?.body)
    expect(after.resources[0]?.origin.file).toBe(folder.at('b.yaml'))
  })

  test('a deleted file takes its objects away, and a deleted folder those of its files', async () => {
    const folder = new RoutingFolder()
    for (const name of ['a', 'b', 'sub/c', 'sub/d']) folder.write(`${name}.yaml`, routesFile({ [name.slice(-1)]: 200 }))
    const { read } = reading(folder)
    await read()
    folder.remove('a.yaml')
    expect(statuses(await read())).toEqual({ b: 200, c: 200, d: 200 })
    folder.remove('sub')
    expect(await read()).toMatchObject({ resources: [{ name: 'b' }], errors: [] })
  })

  const yaml = routesFile({ a: 200, b: 200, c: 200 })
  const json = '{"routes":[{"name":"a","respond":{"status":200}},{"name":"b","respond":{"status":200}}]}'
  // A YAML text that ends behind a whole line is whole as far as anybody can tell.
  const wholeLines = new Set([...yaml.matchAll(/\n/g)].map(({ index }) => yaml.slice(0, index)))

  test.each([
    ['YAML', yaml, (half: string) => !wholeLines.has(half.trimEnd())],
    ['JSON', json, () => true],
  ])('a %s file that is written half keeps what it said, at whatever byte the writer is', async (_, text, isTorn) => {
    const folder = new RoutingFolder()
    for (let length = 0; length < text.length; length++) {
      if (!isTorn(text.slice(0, length))) continue
      const { read } = reading(folder)
      folder.write('a.yaml', text)
      const whole = statuses(await read())
      truncateSync(folder.at('a.yaml'), length)
      const half = await read()
      expect({ length, served: statuses(half), errors: half.errors.length > 0 }).toEqual({ length, served: whole, errors: true })
    }
  })

  test('a file that is no file, or too large, is an error and keeps what it said', async () => {
    const folder = new RoutingFolder()
    folder.write('a.yaml', routesFile({ a: 200 }))
    folder.write('b.yaml', routesFile({ b: 200 }))
    const { read } = reading(folder)
    await read()
    folder.remove('a.yaml')
    execFileSync('mkfifo', [folder.at('a.yaml')])
    truncateSync(folder.at('b.yaml'), 17 * 1024 ** 2)
    const after = await read()
    expect(statuses(after)).toEqual({ a: 200, b: 200 })
    expect(errorLines(after)).toEqual([
      `${folder.at('a.yaml')}: cannot read the file: it is not a regular file`,
      `${folder.at('b.yaml')}: cannot read the file: it is larger than 16MiB`,
    ])
  })
})

describe('links', () => {
  test('a ConfigMap is read once for each key, and again when it is swapped', async () => {
    const folder = new RoutingFolder()
    folder.mount({ 'a.yaml': routesFile({ a: 200 }), 'b.yaml': routesFile({ b: 200 }) })
    const { read } = reading(folder)
    const first = await read()
    expect([statuses(first), first.errors]).toEqual([{ a: 200, b: 200 }, []])
    folder.mount({ 'a.yaml': routesFile({ a: 201 }), 'c.yaml': routesFile({ c: 201 }) }, ['b.yaml'])
    const second = await read()
    expect([statuses(second), second.errors]).toEqual([{ a: 201, c: 201 }, []])
  })

  test('one file that several names lead to is read once, under the first', async () => {
    const folder = new RoutingFolder()
    folder.write('m.yaml', routesFile({ m: 200 }))
    folder.link('a.yaml', 'm.yaml')
    folder.link('z.yaml', 'a.yaml')
    expect(await reading(folder).read()).toMatchObject({ resources: [{ name: 'm', origin: { file: folder.at('a.yaml') } }], errors: [] })
  })

  test('folders that lead in a circle are read once', async () => {
    const folder = new RoutingFolder()
    folder.write('sub/a.yaml', routesFile({ a: 200 }))
    folder.link('sub/up', '..')
    expect(await reading(folder).read()).toMatchObject({ resources: [{ name: 'a' }], errors: [] })
  })

  test('a folder that a link leads to outside is read too', async () => {
    const [folder, elsewhere] = [new RoutingFolder(), new RoutingFolder()]
    elsewhere.write('a.yaml', routesFile({ a: 200 }))
    folder.link('linked', elsewhere.path)
    expect(await reading(folder).read()).toMatchObject({ resources: [{ origin: { file: folder.at('linked/a.yaml') } }], errors: [] })
  })

  test('a link that leads nowhere is an error, and what it led to stays', async () => {
    const [folder, elsewhere] = [new RoutingFolder(), new RoutingFolder()]
    elsewhere.write('sub/a.yaml', routesFile({ a: 200 }))
    elsewhere.write('b.yaml', routesFile({ b: 200 }))
    folder.link('linked', elsewhere.at('sub'))
    folder.link('b.yaml', elsewhere.at('b.yaml'))
    const { read } = reading(folder)
    await read()
    renameSync(elsewhere.path, `${elsewhere.path}-away`)
    const after = await read()
    expect(statuses(after)).toEqual({ a: 200, b: 200 })
    expect(after.errors.map(({ message }) => message)).toEqual([
      'cannot follow the link: it does not exist',
      'cannot follow the link: it does not exist',
    ])
  })

  test('the folder itself may be a link that is swapped', async () => {
    const folder = new RoutingFolder()
    folder.write('v1/a.yaml', routesFile({ a: 200 }))
    folder.write('v2/a.yaml', routesFile({ a: 201 }))
    folder.link('current', 'v1')
    const reader = new FolderReader(folder.at('current'), readAtOnce)
    expect(await reader.read()).toMatchObject({ resources: [{ body: { respond: { status: 200 } } }] })
    symlinkSync('v2', folder.at('next'))
    folder.rename('next', 'current')
    expect(await reader.read()).toMatchObject({ resources: [{ body: { respond: { status: 201 } } }] })
  })
})

test('10,000 objects in 100 files are read, and one that changes is the only one that is not the same object', async () => {
  const folder = new RoutingFolder()
  const file = (n: number, status: number) =>
    routesFile(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`r-${n}-${i}`, i === 7 ? status : 200])))
  mkdirSync(folder.at('many'))
  for (let n = 0; n < 100; n++) folder.write(`many/f${n}.yaml`, file(n, 200))
  const { read } = reading(folder)
  const before = await read()
  expect([before.resources.length, before.errors]).toEqual([10_000, []])
  folder.write('many/f3.yaml', file(3, 201))
  const bodies = new Set(before.resources.map(({ body }) => body))
  const after = await read()
  expect(after.resources.filter(({ body }) => !bodies.has(body)).map(({ name }) => name)).toEqual(['r-3-7'])
})
