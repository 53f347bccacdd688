import { expect, test } from 'vitest'
import { type LoadedConfig, loadConfig } from '../../proxy/config/load.ts'
import type { Sidecar } from '../../proxy/sidecar.ts'
import { collectGarbage } from '../harness/collect-garbage.ts'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { startTandem } from '../harness/tandem.ts'

/** @param extra name of a listener that has to be opened first, which takes a moment. */
function configuration(extra: string, routing: string): LoadedConfig {
  const fixed = 'admin: { address: "127.0.0.1:0" }\nhealth: { address: "127.0.0.1:0" }\naccessLog: { format: off }\n'
  const listeners = `listeners: [{ name: outbound, address: "127.0.0.1:0" }, { name: ${extra}, address: "127.0.0.1:0" }]\n`
  const loaded = loadConfig({ file: 'test.yaml', text: fixed + listeners + routing })
  if (!loaded.ok) throw new Error('the configuration of the test is invalid')
  return loaded
}

test('of two reloads at once the later one is in force as a whole, and what it keeps is not closed', async () => {
  const origin = await startOrigin()
  const kept = `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`
  const { sidecar, port, admin } = await startTandem(kept)
  await httpCall(port)
  await Promise.all([sidecar.apply(configuration('one', 'routes: [{ name: r, respond: {} }]')), sidecar.apply(configuration('two', kept))])
  expect(Object.keys(sidecar.addresses.listeners)).toEqual(['outbound', 'two'])
  expect((await httpCall(port)).body).toBe('ok')
  const { body } = await httpCall(Number(new URL(admin).port), { path: '/upstreams' })
  expect(JSON.parse(body)).toMatchObject([{ name: 'u', bulkhead: { connections: { used: 1 } } }])
})

test('a reload that is refused does not keep the next one from being applied', async () => {
  const { sidecar, port } = await startTandem('routes: []')
  const taken = configuration('taken', 'routes: []')
  const refused = sidecar.apply({
    ...taken,
    config: { ...taken.config, listeners: [{ name: 'taken', address: `127.0.0.1:${port}`, paths: 'strict' }] },
  })
  const applied = sidecar.apply(configuration('more', 'routes: [{ name: r, respond: { body: hello } }]'))
  await expect(refused).rejects.toThrow(/another program has this port/)
  await applied
  expect((await httpCall(port)).body).toBe('hello')
})

/** Applies a configuration and keeps nothing of it but a weak reference. */
async function applyAndForget(sidecar: Sidecar, routing: string): Promise<WeakRef<object>> {
  const loaded = configuration('more', routing)
  await sidecar.apply(loaded)
  return new WeakRef(loaded.config)
}

test('a configuration that was replaced is forgotten', async () => {
  const route = (upstream: string) => `{ name: r, forward: u, mirror: [{ upstream: ${upstream} }] }`
  const routing = (n: number) =>
    `upstreams: { u: { endpoints: ["127.0.0.1:9"] }, v: { endpoints: ["127.0.0.1:${1_000 + n}"] } }\nroutes: [${route('v')}]`
  const { sidecar } = await startTandem(routing(9))
  const replaced: WeakRef<object>[] = []
  for (let n = 0; n < 5; n++) replaced.push(await applyAndForget(sidecar, routing(n)))
  await sidecar.apply(configuration('more', routing(5)))
  await collectGarbage()
  expect(replaced.map((reference) => reference.deref())).toEqual([undefined, undefined, undefined, undefined, undefined])
})
