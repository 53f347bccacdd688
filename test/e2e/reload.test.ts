import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { startTandem } from '../harness/tandem.ts'

const responding = (body: string) => `routes: [{ name: r, respond: { body: ${body} } }]`

test('a new configuration is in force for the next call, and the version changes with the content only', async () => {
  const tandem = await startTandem(responding('one'))
  const first = tandem.sidecar.version
  await tandem.apply(responding('two'))
  expect((await httpCall(tandem.port)).body).toBe('two')
  expect(tandem.sidecar.version).not.toBe(first)
  await tandem.apply(responding('one'))
  expect(tandem.sidecar.version).toBe(first)
})

test('a call in progress finishes on the configuration that it began with', async () => {
  let answer: () => void = () => undefined
  const origin = await startOrigin((response) => void (answer = () => response.end('from the old one')))
  const tandem = await startTandem(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`)
  const call = httpCall(tandem.port)
  await origin.receivedCount(1)
  await tandem.apply(responding('new'))
  answer()
  expect((await call).body).toBe('from the old one')
  expect((await httpCall(tandem.port)).body).toBe('new')
})

test('reloads under load fail no call, and an unchanged upstream keeps its connections', async () => {
  const origin = await startOrigin()
  const routing = (n: number) => `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r${n}, forward: u }]`
  const tandem = await startTandem(routing(0))
  const load = new AbortController()
  const statuses = new Set<number>()
  const caller = async () => {
    while (!load.signal.aborted) statuses.add((await httpCall(tandem.port)).status)
  }
  const callers = Array.from({ length: 8 }, caller)
  for (let n = 1; n <= 30; n++) {
    await tandem.apply(routing(n))
    await httpCall(tandem.port)
  }
  load.abort()
  await Promise.all(callers)
  expect([...statuses]).toEqual([200])
  expect(origin.connections.size).toBeLessThanOrEqual(9)
})
