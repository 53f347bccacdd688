/**
 * Random configurations: valid ones that use the whole language, and broken ones that are a few edits away from a valid one.
 * The same generator state gives the same documents. Every address that is listened on has port 0.
 */
import type { SeededRandom } from './seeded-random.ts'

/** A document before it is written as YAML or JSON. */
export type ConfigValue = string | number | boolean | null | ConfigValue[] | { [key: string]: ConfigValue }
type ConfigObject = Record<string, ConfigValue>

/** @param endpoints where upstreams are; nothing has to listen there for the document to be valid. */
export function randomConfig(random: SeededRandom, endpoints: readonly string[] = ['127.0.0.1:9', '[::1]:9']): ConfigObject {
  const names = list(random, 1, 4, (index) => `upstream-${index}`)
  return {
    ...bootstrap(random),
    listeners: list(random, 1, 3, (index) => listener(random, index)),
    upstreams: Object.fromEntries(names.map((name) => [name, upstream(random, endpoints)])),
    routes: list(random, 0, 6, (index) => route(random, index, names)),
  }
}

/** A valid document with one to three mistakes in it. Some are harmless: it may still be valid. */
export function brokenConfig(random: SeededRandom, endpoints?: readonly string[]): ConfigObject {
  let document = randomConfig(random, endpoints)
  for (let mistakes = 1 + random.below(3); mistakes > 0; mistakes--) document = withMistake(document, random) as ConfigObject
  return document
}

function list<T>(random: SeededRandom, from: number, to: number, make: (index: number) => T): T[] {
  return Array.from({ length: from + random.below(to - from + 1) }, (_, index) => make(index))
}

/** Keys that are there or not, each with even odds. */
function some(random: SeededRandom, optional: Readonly<Record<string, () => ConfigValue>>): ConfigObject {
  const taken = Object.entries(optional).filter(() => random.chance(50))
  return Object.fromEntries(taken.map(([key, make]) => [key, make()]))
}

const duration = (random: SeededRandom) => random.pick(['250ms', '2s', '1m', '1.5s', '0s'])
const hashKey = (random: SeededRandom): ConfigObject =>
  random.pick<ConfigObject>([{ header: 'x-user' }, { cookie: 'session' }, { source: true }])

function bootstrap(random: SeededRandom): ConfigObject {
  return {
    admin: { address: '127.0.0.1:0' },
    health: { address: '127.0.0.1:0' },
    accessLog: { format: random.pick(['json', 'text', 'off']), to: 'stderr' },
    ...some(random, {
      node: () => ({ id: 'n', workload: 'w', namespace: 'shop', labels: { version: 'v2' } }),
      concurrency: () => 1,
      drain: () => some(random, { delay: () => '0s', timeout: () => duration(random) }),
    }),
  }
}

function listener(random: SeededRandom, index: number): ConfigObject {
  return {
    name: `listener-${index}`,
    address: '127.0.0.1:0',
    ...some(random, { host: () => `pinned-${index}.internal`, paths: () => random.pick(['strict', 'lenient']) }),
  }
}

function upstream(random: SeededRandom, endpoints: readonly string[]): ConfigObject {
  const weighted = endpoints.map((address) => (random.chance(50) ? address : { address, weight: 1 + random.below(9) }))
  return {
    ...(random.chance(80) ? { endpoints: weighted } : { dns: 'localhost:9' }),
    ...some(random, {
      protocol: () => random.pick(['http1', 'http2']),
      balance: () => random.pick<ConfigValue>(['leastRequest', 'roundRobin', 'random', { hash: hashKey(random) }]),
      bulkhead: () =>
        some(random, { connections: () => 1 + random.below(64), pending: () => random.below(64), requests: () => random.below(64) }),
      timeout: () => some(random, { connect: () => duration(random), request: () => duration(random), idle: () => duration(random) }),
    }),
  }
}

function route(random: SeededRandom, index: number, upstreams: readonly string[]): ConfigObject {
  const prefixed = random.chance(50)
  const condition = () => match(random, prefixed)
  return {
    name: `route-${index}`,
    ...(prefixed || random.chance(80) ? { match: random.chance(30) ? list(random, 1, 3, condition) : condition() } : {}),
    ...action(random, upstreams, prefixed),
    ...some(random, { timeout: () => duration(random) }),
  }
}

function match(random: SeededRandom, prefixed: boolean): ConfigObject {
  const value = () => random.pick<ConfigValue>(['acme', { regex: 'a(b|c)+' }])
  const path = prefixed
    ? { pathPrefix: random.pick(['/', '/a', '/a/b/']) }
    : random.pick<ConfigObject>([{ path: '/a' }, { pathRegex: '/[a-z]+' }, {}])
  return {
    ...path,
    ...some(random, {
      host: () => random.pick(['orders.shop.internal', '*.shop.internal', '*', '[::1]']),
      method: () => random.pick<ConfigValue>(['GET', ['POST', 'PUT']]),
      headers: () => ({ 'x-tenant': value() }),
      query: () => ({ q: value() }),
    }),
  }
}

function action(random: SeededRandom, upstreams: readonly string[], prefixed: boolean): ConfigObject {
  const to = () => destination(random, upstreams, prefixed)
  const mirrored = () => some(random, { mirror: () => list(random, 1, 2, () => ({ ...to(), ...mirroring(random) })) })
  switch (random.below(5)) {
    case 0:
      return { forward: random.chance(50) ? random.pick(upstreams) : to(), ...mirrored() }
    case 1:
      return {
        split: list(random, 1, 3, () => ({ ...to(), weight: 1 + random.below(9) })).map((one, i) => ({ ...one, name: `destination-${i}` })),
        ...mirrored(),
        ...some(random, { sticky: () => hashKey(random) }),
      }
    case 2:
      return { fanout: fanout(random, to), ...mirrored() }
    case 3:
      return { respond: { status: 200 + random.below(4), headers: { 'x-a': 'b' }, body: 'hello' } }
    default:
      return {
        redirect: {
          path: '/elsewhere',
          ...some(random, { status: () => random.pick([301, 308]), port: () => 8443, scheme: () => 'https' }),
        },
      }
  }
}

function destination(random: SeededRandom, upstreams: readonly string[], prefixed: boolean): ConfigObject {
  const headers = { set: { 'x-set': '1' }, add: { 'x-add': '2' }, remove: ['x-remove'] }
  return {
    upstream: random.pick(upstreams),
    ...(prefixed && random.chance(50) ? { pathPrefix: '/new' } : some(random, { path: () => '/exact?q=1' })),
    ...some(random, {
      method: () => 'POST',
      host: () => 'other.internal:80',
      headers: () => headers,
      timeout: () => duration(random),
      body: () => '{ "id": id }',
    }),
  }
}

function mirroring(random: SeededRandom): ConfigObject {
  return some(random, {
    percent: () => random.below(1_001) / 10,
    when: () => random.pick(['sent', 'accepted']),
    bodyLimit: () => random.pick(['0B', '64KiB', '1MiB']),
  })
}

function fanout(random: SeededRandom, to: () => ConfigObject): ConfigObject {
  const destinations = list(random, 1, 4, (index) => ({ ...to(), name: `d${index}`, required: index === 0 }))
  return {
    to: destinations,
    ...some(random, {
      succeed: () => random.pick<ConfigValue>(['all', 'any', 'required', { quorum: 1 + random.below(destinations.length) }]),
      respond: () => random.pick<ConfigValue>(['combined', 'merge', 'first', { from: 'd0' }, { jsonata: 'results.d0.body' }]),
      responseLimit: () => '64KiB',
    }),
  }
}

const strangers: readonly ConfigValue[] = [
  null,
  -1,
  1.5,
  true,
  '',
  'a b',
  '${env:NOPE}',
  [],
  {},
  ['x'],
  { x: 1 },
  '\u0000',
  '/../..',
  1e300,
  'constructor',
  'mesh',
]

/** @returns a copy with one edit somewhere below. */
function withMistake(value: ConfigValue, random: SeededRandom): ConfigValue {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (keys.length === 0 || random.chance(15)) return edited(value, random)
  const key = random.pick(keys)
  if (Array.isArray(value)) return value.map((item, index) => (String(index) === key ? withMistake(item, random) : item))
  const object = value as ConfigObject
  return { ...object, [key]: withMistake(object[key] ?? null, random) }
}

function edited(value: ConfigValue, random: SeededRandom): ConfigValue {
  if (Array.isArray(value) && random.chance(70)) return random.chance(50) ? [...value, ...value] : value.slice(1)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || random.chance(20)) return random.pick(strangers)
  const [first, ...rest] = Object.entries(value)
  if (first === undefined) return { surprise: 1 }
  const [key, content] = first
  const unknown = random.pick(['surprise', `${key}s`, 'retry', 'upstream', '__proto', 'toString'])
  return random.pick<ConfigValue>([
    { ...value, [unknown]: random.pick(strangers) },
    Object.fromEntries(rest),
    Object.fromEntries([[unknown, content], ...rest]),
  ])
}
