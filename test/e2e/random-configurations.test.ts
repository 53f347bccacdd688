import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { type LoadedConfig, loadConfig } from '../../proxy/config/load.ts'
import type { MatchConfig, RouteConfig, ValueMatch } from '../../proxy/config/schema/route.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { createLogger } from '../../proxy/runtime/logger.ts'
import { systemRandom } from '../../proxy/runtime/random.ts'
import { Sidecar } from '../../proxy/sidecar.ts'
import { type CallOptions, httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { brokenConfig, randomConfig } from '../harness/random-config.ts'
import { SeededRandom } from '../harness/seeded-random.ts'

const seeds = Array.from({ length: 200 }, (_, seed) => ({ seed }))

/** Every other one has mistakes in it; some of those are harmless. */
function documentOf(seed: number, endpoint: string): string {
  const random = new SeededRandom(seed)
  return stringify(seed % 2 === 0 ? randomConfig(random, [endpoint]) : brokenConfig(random, [endpoint]))
}

/** The same configuration on free ports, silent. */
function onFreePorts(loaded: LoadedConfig): LoadedConfig {
  const free = { address: '127.0.0.1:0' }
  const listeners = loaded.config.listeners.map((listener) => ({ ...listener, ...free }))
  return { ...loaded, config: { ...loaded.config, admin: free, health: free, accessLog: { to: '/dev/null', format: 'json' }, listeners } }
}

async function startSidecar(loaded: LoadedConfig, said: string[]): Promise<Sidecar> {
  const logger = createLogger(
    (line) => void said.push(line),
    () => systemClock.wall(),
  )
  const deps = { clock: systemClock, random: systemRandom, logger, version: 'test', reload: () => Promise.resolve(undefined) }
  const sidecar = await Sidecar.start(onFreePorts(loaded), deps)
  onTestFinished(() => sidecar.close())
  return sidecar
}

/** A value that fits; the generator has one regular expression for values. */
function fitting(value: ValueMatch): string {
  return typeof value === 'string' ? value : 'abc'
}

/** A call that a route would take, if no other takes it first. */
function callFor({ host = 't.test', path, pathPrefix, method = 'GET', headers = {}, query = {} }: MatchConfig): CallOptions {
  const fields = Object.entries(headers).map(([name, value]) => [name, fitting(value)])
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, fitting(value)]))
  const verb = typeof method === 'string' ? method : (method[0] ?? 'GET')
  return {
    method: verb,
    path: `${path ?? pathPrefix ?? '/letters'}?${search.toString()}`,
    headers: {
      ...Object.fromEntries(fields),
      host: host.replace(/^\*/, 'any.test').replace(/^any\.test\./, 'any.'),
      'content-type': 'application/json',
    },
    ...(verb === 'POST' || verb === 'PUT' ? { body: '{"id":1}' } : {}),
  }
}

function matchesOf({ match = {} }: RouteConfig): readonly MatchConfig[] {
  return Array.isArray(match) ? match : [match]
}

/** Makes the call to every listener. @returns the statuses. */
function callAll(sidecar: Sidecar, call: CallOptions): Promise<number[]> {
  const ports = Object.values(sidecar.addresses.listeners).map((address) => Number(address.split(':')[1]))
  return Promise.all(ports.map(async (port) => (await httpCall(port, call)).status))
}

describe('a random configuration is refused with a position, or served', () => {
  test.each(seeds)('seed $seed', async ({ seed }) => {
    const origin = await startOrigin()
    const loaded = loadConfig({ file: 'random.yaml', text: documentOf(seed, origin.address) }, [], {})
    if (!loaded.ok) {
      expect(loaded.errors.filter(({ line, column }) => line < 1 || column < 1)).toEqual([])
      return
    }
    const said: string[] = []
    const sidecar = await startSidecar(loaded, said)
    for (const call of loaded.config.routes.flatMap(matchesOf).map(callFor)) {
      for (const status of await callAll(sidecar, call)) expect(status).toBeGreaterThanOrEqual(200)
    }
    await sidecar.close()
    expect(said.filter((line) => / (error|warn) /.test(line))).toEqual([])
    await expect.poll(() => process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length).toBe(0)
  })
})
