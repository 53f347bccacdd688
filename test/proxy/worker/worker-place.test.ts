import { expect, test } from 'vitest'
import type { VersionedRouting } from '../../../proxy/config/push/routing-objects.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { noRouting } from '../../../proxy/worker/routing-change.ts'
import type { WorkerOwner } from '../../../proxy/worker/worker-handle.ts'
import { type PlacedWorker, WorkerPlace } from '../../../proxy/worker/worker-place.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

/** A thread that does what the test says. */
class FakeWorker implements PlacedWorker {
  readonly ready: Promise<void>
  readonly given: string[] = []
  readonly #owner: WorkerOwner
  #refusal: string | undefined

  constructor(owner: WorkerOwner, starts: Promise<void>, refusal: string | undefined) {
    this.#owner = owner
    this.ready = starts
    this.#refusal = refusal
  }

  async prepare({ version }: VersionedRouting): Promise<void> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal)
    this.given.push(version)
  }

  apply(): Promise<void> {
    return Promise.resolve()
  }

  async end(): Promise<void> {
    this.die('it was ended')
  }

  die(reason: string): void {
    this.#owner.onEnded(reason)
  }
}

function setUp() {
  const clock = new ManualClock()
  const said: string[] = []
  const site = { routing: null as VersionedRouting | null, starts: Promise.resolve(), refusal: undefined as string | undefined }
  const workers: FakeWorker[] = []
  const place = new WorkerPlace<FakeWorker>(3, {
    clock,
    random: { float: () => 0.5, hex: (bytes) => '01'.repeat(bytes) },
    logger: createLogger(
      (line) => void said.push(line),
      () => clock.wall(),
    ),
    start: (owner) => {
      const worker = new FakeWorker(owner, site.starts, site.refusal)
      workers.push(worker)
      return worker
    },
    routing: () => site.routing,
    onTold: () => undefined,
    onServing: () => undefined,
    onEnded: () => undefined,
  })
  const newest = () => workers.at(-1) as FakeWorker
  return { place, clock, said, site, workers, newest }
}

/** What promises that are resolved already lead to. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function routingOf(name: string): VersionedRouting {
  return { version: name, objects: noRouting }
}

test('a worker that cannot be started for the first time is not tried again, and says why', async () => {
  const { place, site, workers, clock, said, newest } = setUp()
  const starts = Promise.withResolvers<void>()
  site.starts = starts.promise
  const started = place.start()
  starts.reject(new Error('no memory'))
  newest().die('no memory')
  await expect(started).rejects.toThrow('no memory')
  clock.advance(60_000)
  expect([workers.length, said]).toEqual([1, []])
})

test('the next one serves when it has the routing in force, however often that changes on the way', async () => {
  const { place, clock, site, workers, newest } = setUp()
  await place.start()
  site.routing = routingOf('a')
  newest().die('heap full')
  expect([place.serving, place.problem]).toEqual([null, 'heap full'])
  const starts = Promise.withResolvers<void>()
  site.starts = starts.promise
  clock.advance(0)
  site.routing = routingOf('b')
  starts.resolve()
  const prepare = newest().prepare.bind(newest())
  newest().prepare = async (routing) => {
    await prepare(routing)
    if (routing.version === 'b') site.routing = routingOf('c')
  }
  await settled()
  expect([workers.length, newest().given, place.serving === newest(), place.problem, place.restarts]).toEqual([
    2,
    ['b', 'c'],
    true,
    undefined,
    1,
  ])
})

test('one that ends again and again is started ever more rarely, and at once again when it has served for 10 s', async () => {
  const { place, clock, said, workers, newest } = setUp()
  await place.start()
  const dies = async (restartInMs: number) => {
    const count = workers.length
    newest().die('heap full')
    expect(said.at(-1)).toContain(`worker=3 reason="heap full" restartInMs=${restartInMs}`)
    if (restartInMs > 0) clock.advance(restartInMs - 1)
    expect(workers).toHaveLength(count)
    clock.advance(restartInMs > 0 ? 1 : 0)
    expect(workers).toHaveLength(count + 1)
    await settled()
    expect(said.at(-1)).toContain('"a worker thread serves again" worker=3')
  }
  for (const restartInMs of [0, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) await dies(restartInMs)
  clock.advance(9_999)
  await dies(15_000)
  clock.advance(10_000)
  await dies(0)
})

test('one that cannot be given the routing is ended with its reason, and tried again', async () => {
  const { place, clock, said, site, newest } = setUp()
  await place.start()
  site.routing = routingOf('a')
  site.refusal = 'the file is gone'
  newest().die('heap full')
  clock.advance(0)
  await settled()
  expect([place.serving, place.problem]).toEqual([null, 'the file is gone'])
  expect(said.at(-1)).toContain('reason="the file is gone" restartInMs=250')
  site.refusal = undefined
  clock.advance(250)
  await settled()
  expect([place.serving === newest(), place.problem]).toEqual([true, undefined])
})

test('one that is to catch up serves nothing new until it has', async () => {
  const { place, site, newest } = setUp()
  await place.start()
  site.routing = routingOf('a')
  const caughtUp = place.catchUp()
  expect(place.serving).toBe(null)
  await caughtUp
  expect([place.serving === newest(), newest().given]).toEqual([true, ['a']])
})

test('nobody comes after one that ends when its place is left, nor after one that ended before', async () => {
  const { place, clock, workers, newest } = setUp()
  await place.start()
  newest().die('heap full')
  place.leave()
  clock.advance(60_000)
  expect(workers).toHaveLength(1)
})
