import { writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createFolderSource } from '../../../control-plane/source/folder.ts'
import type { Publication } from '../../../control-plane/source/source.ts'
import type { Clock, Timer } from '../../../proxy/runtime/clock.ts'
import { systemClock } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { RoutingFolder } from '../../harness/routing-folder.ts'
import { routesFile, statuses } from './merging.ts'

/** Tells what is published, and waits for what is to come. */
class Publications {
  readonly all: Publication[] = []
  readonly #waiting = new Set<() => void>()

  readonly publish = (publication: Publication) => {
    this.all.push(publication)
    for (const look of this.#waiting) look()
  }

  get last(): Publication {
    return this.all.at(-1) as Publication
  }

  async until(isSo: (publication: Publication) => boolean): Promise<Publication> {
    if (isSo(this.last)) return this.last
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => (isSo(this.last) ? resolve() : undefined)
    this.#waiting.add(look)
    await promise
    this.#waiting.delete(look)
    return this.last
  }

  /** Routes and the statuses that they answer with. */
  untilServed(served: Readonly<Record<string, number>>): Promise<Publication> {
    return this.until((publication) => JSON.stringify(statuses(publication)) === JSON.stringify(served))
  }
}

async function watching(path: string, clock: Clock = systemClock) {
  const log: string[] = []
  const source = createFolderSource(path, {
    clock,
    logger: createLogger(
      (line) => log.push(line),
      () => 0,
    ),
  })
  const publications = new Publications()
  onTestFinished(() => source.close())
  await source.start(publications.publish)
  return { source, publications, log }
}

/** A clock that stands still and says when somebody sets a timer. */
class TellingClock extends ManualClock {
  #told: () => void = () => undefined

  override after(delayMs: number, fire: () => void): Timer {
    const timer = super.after(delayMs, fire)
    this.#told()
    return timer
  }

  async untilSet(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#told = resolve
    await promise
  }
}

describe('a watched folder', () => {
  test('publishes what it has before it has started', async () => {
    const folder = new RoutingFolder()
    folder.write('a.yaml', routesFile({ a: 200 }))
    const { publications } = await watching(folder.path)
    expect(publications.all.map(statuses)).toEqual([{ a: 200 }])
  })

  test('publishes a file that is written, changed, renamed and deleted', async () => {
    const folder = new RoutingFolder()
    const { publications } = await watching(folder.path)
    folder.write('a.yaml', routesFile({ a: 200 }))
    await publications.untilServed({ a: 200 })
    folder.write('a.yaml', routesFile({ a: 201 }))
    await publications.untilServed({ a: 201 })
    folder.rename('a.yaml', 'b.yaml')
    await publications.until(({ resources }) => resources[0]?.origin.file === folder.at('b.yaml'))
    folder.remove('b.yaml')
    expect((await publications.untilServed({})).errors).toEqual([])
  })

  test('sees into folders that are made later, deeply, and made again', async () => {
    const folder = new RoutingFolder()
    const { publications } = await watching(folder.path)
    folder.write('x/y/z/a.yaml', routesFile({ a: 200 }))
    await publications.untilServed({ a: 200 })
    folder.write('x/y/z/a.yaml', routesFile({ a: 201 }))
    await publications.untilServed({ a: 201 })
    folder.remove('x')
    await publications.untilServed({})
    folder.write('x/y/z/a.yaml', routesFile({ a: 202 }))
    await publications.untilServed({ a: 202 })
    folder.write('x/y/z/b.yaml', routesFile({ b: 200 }))
    expect((await publications.untilServed({ a: 202, b: 200 })).errors).toEqual([])
  })

  test('sees each swap of a ConfigMap, in a folder of its own too', async () => {
    const [folder, mount] = [new RoutingFolder(), new RoutingFolder()]
    folder.link('team', mount.path)
    mount.mount({ 'a.yaml': routesFile({ a: 200 }) })
    folder.mount({ 'b.yaml': routesFile({ b: 200 }) })
    const { publications } = await watching(folder.path)
    expect(statuses(publications.last)).toEqual({ a: 200, b: 200 })
    for (const status of [201, 202, 203]) {
      mount.mount({ 'a.yaml': routesFile({ a: status }) })
      await publications.untilServed({ a: status, b: status - 1 })
      folder.mount({ 'b.yaml': routesFile({ b: status }) })
      await publications.untilServed({ a: status, b: status })
    }
    expect(publications.all.flatMap(({ errors }) => errors)).toEqual([])
  })

  test('sees a file change that a link leads to elsewhere', async () => {
    const [folder, elsewhere] = [new RoutingFolder(), new RoutingFolder()]
    elsewhere.write('a.yaml', routesFile({ a: 200 }))
    folder.link('a.yaml', elsewhere.at('a.yaml'))
    const { publications } = await watching(folder.path)
    elsewhere.write('a.yaml', routesFile({ a: 201 }))
    expect((await publications.untilServed({ a: 201 })).errors).toEqual([])
  })

  test('sees a link above it swapped', async () => {
    const folder = new RoutingFolder()
    folder.write('v1/routing/a.yaml', routesFile({ a: 200 }))
    folder.write('v2/routing/a.yaml', routesFile({ a: 201 }))
    folder.link('current', 'v1')
    const { publications } = await watching(folder.at('current/routing'))
    folder.link('next', 'v2')
    folder.rename('next', 'current')
    await publications.untilServed({ a: 201 })
    folder.write('v2/routing/a.yaml', routesFile({ a: 202 }))
    expect((await publications.untilServed({ a: 202 })).errors).toEqual([])
  })

  test('is found when it comes into being after the start, and keeps what it said while it is away', async () => {
    const folder = new RoutingFolder()
    folder.remove('.')
    const { publications } = await watching(folder.path)
    expect(publications.last.errors).toHaveLength(1)
    folder.write('a.yaml', routesFile({ a: 200 }))
    await publications.untilServed({ a: 200 })
    folder.remove('.')
    const away = await publications.until(({ errors }) => errors.length === 1)
    expect(statuses(away)).toEqual({ a: 200 })
    folder.write('a.yaml', routesFile({ a: 201 }))
    expect((await publications.untilServed({ a: 201 })).errors).toEqual([])
  })

  test('is read again when somebody asks, without word of a change', async () => {
    const folder = new RoutingFolder()
    const { source, publications } = await watching(folder.path, new ManualClock())
    folder.write('a.yaml', routesFile({ a: 200 }))
    source.readAgain()
    expect((await publications.untilServed({ a: 200 })).errors).toEqual([])
  })

  test('publishes nothing after it was closed', async () => {
    const folder = new RoutingFolder()
    const clock = new TellingClock()
    const { source, publications } = await watching(folder.path, clock)
    folder.write('a.yaml', routesFile({ a: 200 }))
    await clock.untilSet()
    await source.close()
    clock.advance(60_000)
    expect([publications.all.length, clock.pending]).toEqual([1, 0])
  })
})

describe('many writes', () => {
  test('are one publication once it was quiet for 100 ms', async () => {
    const folder = new RoutingFolder()
    const clock = new TellingClock()
    const { publications } = await watching(folder.path, clock)
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(folder.at(`${name}.yaml`), routesFile({ [name]: 200 }))
      await clock.untilSet()
      clock.advance(99)
    }
    expect(publications.all).toHaveLength(1)
    clock.advance(1)
    await publications.untilServed({ a: 200, b: 200, c: 200 })
    expect(publications.all).toHaveLength(2)
  })

  test('are read all the same when they go on for 10 s', async () => {
    const folder = new RoutingFolder()
    const clock = new TellingClock()
    const { publications } = await watching(folder.path, clock)
    for (let ms = 0; publications.all.length === 1 && ms <= 10_000; ms += 80) {
      writeFileSync(folder.at('a.yaml'), routesFile({ a: 200 + (ms % 7) }))
      await (ms < 9_990 ? clock.untilSet() : publications.until(() => publications.all.length > 1))
      clock.advance(80)
    }
    expect(publications.all.length).toBeGreaterThan(1)
  })
})

test('each error is logged once when it appears, with what stays, and once when it is mended', async () => {
  const folder = new RoutingFolder()
  folder.write('a.yaml', routesFile({ a: 200, b: 200 }))
  const { publications, log } = await watching(folder.path)
  folder.write('a.yaml', routesFile({ a: 99, b: 200 }))
  await publications.until(({ errors }) => errors.length === 1)
  folder.write('a.yaml', `# moves a line down\n${routesFile({ a: 99, b: 201 })}`)
  await publications.untilServed({ a: 200, b: 201 })
  folder.write('a.yaml', routesFile({ a: 201, b: 201 }))
  await publications.untilServed({ a: 201, b: 201 })
  expect(log).toHaveLength(2)
  expect(log[0]).toMatch(/ error "routing refused" error=".*a\.yaml:2:\d+: routes\[0\]\.respond\.status: .*" unchanged=routes\/a\n/)
  expect(log[1]).toMatch(/ info "routing mended" error="[^"]*a\.yaml:3:[^"]*"\n$/)
})
