import { expect, test } from 'vitest'
import { ProxyError } from '../../../../proxy/error/proxy-error.ts'
import type { RecordedCall } from '../../../harness/recorded-call.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'
import { FakeUpstream } from '../fake-upstream.ts'

const limits = { connections: 3, pending: 4, requests: 9 }
const protocols = ['http1', 'http2', 'auto'] as const
const roles = ['primary', 'mirror'] as const
const addresses = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80']

/** One upstream under random treatment. */
class Run {
  readonly fake: FakeUpstream
  readonly calls: RecordedCall[] = []
  readonly role: (typeof roles)[number]
  readonly #random: SeededRandom
  readonly #capacity: number

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    const protocol = this.#random.pick(protocols)
    this.#capacity = protocol === 'http1' ? 1 : 1 + this.#random.below(4)
    const endpoints = addresses.slice(0, 1 + this.#random.below(3))
    const balance = this.#random.pick(['leastRequest', 'roundRobin', 'random'] as const)
    this.role = this.#random.pick(roles)
    const changes = { protocol, endpoints, balance, bulkhead: limits, timeout: { request: 2_000, idle: 900 } }
    this.fake = new FakeUpstream(changes, { role: this.role })
  }

  step(): void {
    const { fake } = this
    const { transport, clock } = fake
    const random = this.#random
    const opening = transport.opening.length > 0 ? random.pick(transport.opening) : undefined
    const sent = transport.calls.length > 0 ? random.pick(transport.calls) : undefined
    const actions: readonly (() => void)[] = [
      () => this.#dispatch(),
      () => this.#dispatch(),
      () => this.#dispatch(),
      () => void opening?.open(this.#capacity),
      () => void opening?.open(this.#capacity),
      () => opening?.fail(),
      () => sent?.answer(),
      () => sent?.answer(),
      () => sent?.head(),
      () => sent?.fail(),
      () => sent?.unserved(random.pick(['no', 'unknown']), random.chance(50)),
      () => this.abortOne(),
      () => (transport.live.length > 0 ? random.pick(transport.live).peerCloses() : undefined),
      () => (this.#capacity > 1 && transport.live.length > 0 ? random.pick(transport.live).allow(1 + random.below(5)) : undefined),
      () => clock.advance(random.below(400)),
    ]
    random.pick(actions)()
  }

  abortOne(): void {
    const running = this.calls.filter((call) => !call.over)
    if (running.length > 0) this.#random.pick(running).controller.abort(new ProxyError('caller_gone'))
  }

  /** Some ends make another call from within, as an action above may do. */
  #dispatch(): void {
    const { fake } = this
    const deadline = this.#random.chance(30) ? fake.clock.now() + this.#random.below(600) : Number.POSITIVE_INFINITY
    const method = this.#random.pick(['GET', 'POST'])
    const again = this.#random.chance(20)
    this.calls.push(fake.call({ method, deadline }, () => (again ? void this.calls.push(fake.call()) : undefined)))
  }
}

/** Throws on the first thing that is out of order. Plain comparisons: it runs tens of thousands of times. */
function check({ fake, calls, role }: Run): void {
  const { connections, pending, requests } = fake.upstream.figures().bulkhead
  const { live, opening } = fake.transport
  const running = calls.filter((call) => !call.over).length
  const idle = live.filter((connection) => connection.active === 0).length
  const mayWait = role === 'mirror' || pending.used === 0 || (connections.used === limits.connections && idle === 0)
  const rules: readonly [boolean, string][] = [
    [connections.used === live.length + opening.length, 'counts the connections that exist'],
    [connections.used <= limits.connections, 'no more connections than allowed'],
    [pending.used <= limits.pending, 'no more waiting calls than allowed'],
    [requests.used <= limits.requests, 'no more calls than allowed'],
    [requests.used === running, 'counts the calls that have not ended'],
    [mayWait, 'no call of a caller waits beside room for it'],
  ]
  const broken = rules.find(([holds]) => !holds)
  if (broken !== undefined)
    throw new Error(`${broken[1]}: ${fake.used}, ${live.length} live, ${opening.length} opening, ${running} running`)
}

/** Whatever is open ends in one way or another. */
function finish(run: Run): void {
  const { transport } = run.fake
  let paused = 0
  while (run.calls.some((call) => !call.over)) {
    if (transport.calls[0] !== undefined) transport.calls[0].answer()
    else if (transport.opening.length > 0) transport.open(2)
    else if (run.role === 'mirror' && paused < 1) {
      run.fake.clock.advance(50)
      paused++
      continue
    } else throw new Error('a call waits for nothing')
    paused = 0
    check(run)
  }
  for (const opening of transport.opening) opening.open()
}

test('300 random histories: within limits at every step, every call ends exactly once, and nothing is left behind', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const run = new Run(seed)
    for (let i = 0; i < 120; i++) {
      run.step()
      check(run)
    }
    finish(run)
    const { fake, calls } = run
    expect(calls.every((call) => call.over)).toBe(true)
    expect(fake.upstream.figures().endpoints.map(({ active }) => active)).toEqual(fake.upstream.figures().endpoints.map(() => 0))
    fake.clock.advance(2_000)
    fake.clock.advance(2_000)
    expect(fake.used).toBe('0 0 0')
    expect(fake.clock.pending).toBe(0)
  }
})

test('100 random histories that are closed in between end with nothing open', async () => {
  for (let seed = 1_001; seed <= 1_100; seed++) {
    const run = new Run(seed)
    for (let i = 0; i < 60; i++) run.step()
    run.fake.upstream.close()
    for (let i = 0; i < 20; i++) {
      run.step()
      check(run)
    }
    finish(run)
    await run.fake.upstream.closed
    expect(run.fake.used).toBe('0 0 0')
  }
})
