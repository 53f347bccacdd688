import { describe, expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'
import { type ConfigError, type LoadedConfig, loadConfig } from '../../proxy/config/load.ts'
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

/** The same configuration on free ports, silent, with time to drain. */
function onFreePorts(loaded: LoadedConfig): LoadedConfig {
  const free = { address: '127.0.0.1:0' }
  const listeners = loaded.config.listeners.map((listener) => ({ ...listener, ...free }))
  const quiet = { accessLog: { to: '/dev/null', format: 'json' }, drain: { delay: 0, timeout: 5_000 } } as const
  return { ...loaded, config: { ...loaded.config, admin: free, health: free, ...quiet, listeners } }
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

/** Starts a sidecar with it, makes every call that its routes name, and stops it. @returns what was wrong. */
async function served(loaded: LoadedConfig): Promise<string[]> {
  const said: string[] = []
  const sidecar = await startSidecar(loaded, said)
  const statuses: number[] = []
  for (const call of loaded.config.routes.flatMap(matchesOf).map(callFor)) statuses.push(...(await callAll(sidecar, call)))
  await sidecar.drain()
  await sidecar.close()
  await expect.poll(() => process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length).toBe(0)
  return [...said.filter((line) => / (error|warn) /.test(line)), ...statuses.filter((status) => status < 200).map(String)]
}

function misplaced(errors: readonly ConfigError[]): string[] {
  return errors.filter(({ line, column }) => line < 1 || column < 1).map(({ message }) => message)
}

describe('a random configuration is refused with a position, or served', () => {
  test.each(seeds)('seed $seed', async ({ seed }) => {
    const origin = await startOrigin()
    const loaded = loadConfig({ file: 'random.yaml', text: documentOf(seed, origin.address) }, [], {})
    expect(loaded.ok ? await served(loaded) : misplaced(loaded.errors)).toEqual([])
  })

  test('those without mistakes are accepted', () => {
    const valid = seeds.filter(({ seed }) => seed % 2 === 0).map(({ seed }) => documentOf(seed, '127.0.0.1:9'))
    expect(valid.filter((text) => !loadConfig({ file: 'random.yaml', text }, [], {}).ok)).toEqual([])
  })
})
