/**
 * Routing as a hostile or mistaken control plane might push it: whatever comes is applied as a whole, or refused with a reason that
 * names an object by its path, and then what was in force stays. `TANDEM_FUZZ_SNAPSHOTS` says how many (2,000).
 */
import { expect, test } from 'vitest'
import { ConfiguredRouting } from '../../proxy/config/push/configured-routing.ts'
import type { Routing } from '../../proxy/config/push/routing.ts'
import { atOnce } from '../../proxy/runtime/steps.ts'
import { buildSnapshot, type Snapshot } from '../../proxy/snapshot.ts'
import { ownFile, routingOf } from '../harness/pushed-routing.ts'
import { brokenConfig, randomConfig } from '../harness/random-config.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { snapshotDeps } from '../harness/snapshot-deps.ts'

const count = Number(process.env['TANDEM_FUZZ_SNAPSHOTS'] ?? 2_000)

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

function snapshotToPush(random: SeededRandom): Routing {
  const routing = routingOf(random.chance(50) ? brokenConfig(random) : randomConfig(random))
  const isEmpty = JSON.stringify(routing).length < 60
  return (random.chance(50) && !isEmpty ? mutated(routing, random) : undefined) ?? routing
}

const path = /^(listeners|upstreams|routes)[.[]/

test(`${count} pushed snapshots are applied or refused with a path, and the last good one stays in force`, { timeout: 300_000 }, () => {
  const deps = snapshotDeps()
  let configured = ConfiguredRouting.of(ownFile())
  let snapshot: Snapshot = atOnce(buildSnapshot(configured, null, deps))
  const reasons: { readonly seed: number; readonly reason: string }[] = []
  for (let seed = 0; seed < count; seed++) {
    const { objects } = configured
    const outcome = atOnce(configured.withPushed(`v${seed}`, snapshotToPush(new SeededRandom(seed))))
    expect(configured.objects).toBe(objects)
    if (outcome.ok) {
      snapshot = atOnce(buildSnapshot(outcome.routing, snapshot, deps))
      configured = outcome.routing
    } else reasons.push({ seed, reason: outcome.reason })
  }
  expect(snapshot.version).toBe(configured.version)
  expect(reasons.filter(({ reason }) => !path.test(reason))).toEqual([])
  expect(reasons.length).toBeGreaterThan(count / 10)
  expect(reasons.length).toBeLessThan((count * 9) / 10)
})
