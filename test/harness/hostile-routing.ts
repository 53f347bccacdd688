/**
 * Routing as a hostile or mistaken control plane might push it: random configurations, whole or with mistakes, and edits of their text.
 */
import type { Routing } from '../../proxy/config/push/routing.ts'
import { routingOf } from './pushed-routing.ts'
import { brokenConfig, randomConfig } from './random-config.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Names and values that mean something to somebody: to JavaScript, to YAML, to a terminal, to the file system. */
const seeds: readonly unknown[] = [
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '${file:/etc/passwd}',
  '${env:PATH',
  '\u0000\u001b[2J',
  '\ud800',
  'a'.repeat(70_000),
  -0,
  1e308,
  2 ** 53,
  null,
  true,
  [],
  {},
  [[[[]]]],
  { __proto__: null, length: -1 },
]

/** One edit of the text, or one value replaced by a seed; undefined where the text is JSON no more. */
function mutated(routing: Routing, random: SeededRandom): Routing | undefined {
  const text = JSON.stringify(routing)
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?[0-9.]+|true|false|null/g)]
  const found = random.pick(strings)
  const end = found.index + found[0].length
  const replaced = `${text.slice(0, found.index)}${JSON.stringify(random.pick(seeds))}${text.slice(end)}`
  try {
    return shaped(JSON.parse(replaced))
  } catch {
    return undefined
  }
}

/** As far as the messages of the stream are checked before: objects by kind and name. */
function shaped(value: unknown): Routing | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { listeners, upstreams, routes } = value as Partial<Routing>
  const isShaped = (objects: unknown) =>
    typeof objects === 'object' &&
    objects !== null &&
    Object.values(objects).every((body) => typeof body === 'object' && body !== null && !Array.isArray(body))
  return isShaped(listeners) && isShaped(upstreams) && isShaped(routes) ? (value as Routing) : undefined
}

/** About half of them are valid. */
export function hostileRouting(random: SeededRandom): Routing {
  const routing = routingOf(random.chance(50) ? brokenConfig(random) : randomConfig(random))
  const isEmpty = JSON.stringify(routing).length < 60
  return (random.chance(50) && !isEmpty ? mutated(routing, random) : undefined) ?? routing
}

/** Whether a reason says which object of the routing it is about. */
export function namesAnObject(reason: string): boolean {
  return /^(listeners|upstreams|routes)[.[]/.test(reason)
}
