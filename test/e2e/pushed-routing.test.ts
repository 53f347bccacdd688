import { describe, expect, onTestFinished, test } from 'vitest'
import type { Routing } from '../../proxy/config/push/routing.ts'
import { loadConfig } from '../../proxy/config/load.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { createLogger } from '../../proxy/runtime/logger.ts'
import { systemRandom } from '../../proxy/runtime/random.ts'
import { type MeshView, Sidecar } from '../../proxy/sidecar.ts'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { change, ownFile, routing } from '../harness/pushed-routing.ts'

const certificate = new URL('../harness/certificates/ca.pem', import.meta.url).pathname
const bootstrap = `controlPlane: { url: "https://cp:15010", token: t, trustBundle: ${certificate} }\naccessLog: { format: off }\n`
const outbound = 'listeners: [ { name: outbound, address: "127.0.0.1:0" } ]\n'
const answer = (body: string, more = {}) => ({ name: 'r', respond: { body }, ...more })
const answering = (body: string): Routing => routing({ routes: { r: answer(body) } })

interface Started {
  readonly sidecar: Sidecar
  readonly said: string[]
  readonly port: (listener?: string) => number
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: string }>
}

interface Ties {
  /** Pushed before a port is opened for calls. */
  readonly kept?: Routing
  readonly notReady?: () => string | undefined
}

const nobody: MeshView['identity'] = {
  spiffeId: null,
  notAfter: null,
  secureContext: () => null,
  verifyPeer: () => ({ refused: 'nobody is trusted here' }),
  problem: () => undefined,
  credentials: () => ({ certificate: null, bundle: '' }),
  onChange: () => () => undefined,
}

async function start(file = outbound, { kept, notReady = () => undefined }: Ties = {}): Promise<Started> {
  const said: string[] = []
  const logger = createLogger(
    (line) => void said.push(line),
    () => systemClock.wall(),
  )
  const deps = { clock: systemClock, random: systemRandom, logger, version: 'test', reload: () => Promise.resolve(undefined) }
  const mesh: MeshView = {
    identity: nobody,
    notReady,
    problem: () => undefined,
    async start(started) {
      const outcome = kept === undefined ? { ok: true } : await started.applyPushed(kept, 'v1')
      said.push(JSON.stringify(outcome))
    },
  }
  const sidecar = await Sidecar.start(ownFile(bootstrap + file), { ...deps, mesh })
  onTestFinished(() => sidecar.close())
  const portOf = (address: string | undefined) => Number(address?.split(':').at(-1))
  return {
    sidecar,
    said,
    port: (listener = 'outbound') => portOf(sidecar.addresses.listeners[listener]),
    get: (path) => httpCall(portOf(sidecar.addresses.admin), { path }),
  }
}

describe('pushed routing', () => {
  test('is served beside that of the own file, and a reload keeps it', async () => {
    const { sidecar, port } = await start()
    expect(await sidecar.applyPushed(answering('one'), 'v1')).toEqual({ ok: true })
    expect((await httpCall(port())).body).toBe('one')
    await sidecar.apply(ownFile(`${bootstrap}${outbound}routes: [ { name: own, match: { path: /own }, respond: { body: own } } ]`))
    expect((await httpCall(port(), { path: '/own' })).body).toBe('own')
    expect((await httpCall(port())).body).toBe('one')
    expect([sidecar.version, sidecar.pushedVersion]).toEqual(['v1', 'v1'])
  })

  test('that is refused leaves the last good one in force, with the reason', async () => {
    const { sidecar, port } = await start()
    await sidecar.applyPushed(answering('one'), 'v1')
    const refused = await sidecar.applyPushed(change({ routes: { r: answer('two', { mirror: [{ upstream: 'gone' }] }) } }), 'v2')
    expect(refused).toEqual({ ok: false, reason: expect.stringMatching(/^routes\.r\.mirror: goes with/) as string })
    expect((await httpCall(port())).body).toBe('one')
    expect(sidecar.pushedVersion).toBe('v1')
  })

  test('opens and closes ports; one that cannot be had changes nothing', async () => {
    const { sidecar, port } = await start()
    const listener = (name: string, address: string) => ({ [name]: { name, address } })
    await sidecar.applyPushed({ ...answering('one'), listeners: listener('more', '127.0.0.1:0') }, 'v1')
    expect((await httpCall(port('more'))).body).toBe('one')
    const taken = change({ listeners: listener('taken', `127.0.0.1:${port()}`), routes: { r: answer('two') } }, { listeners: ['more'] })
    expect(await sidecar.applyPushed(taken, 'v2')).toEqual({
      ok: false,
      reason: expect.stringMatching(/^Listener taken cannot listen on .* another program has this port/) as string,
    })
    expect((await httpCall(port('more'))).body).toBe('one')
    await sidecar.applyPushed(change({}, { listeners: ['more'] }), 'v3')
    expect(Object.keys(sidecar.addresses.listeners)).toEqual(['outbound'])
  })

  test('changes follow one another in the order in which they came', async () => {
    const { sidecar, port } = await start()
    const outcomes = await Promise.all(
      ['one', 'two', 'three'].map((body) => sidecar.applyPushed(change({ routes: { r: answer(body) } }), body)),
    )
    expect(outcomes).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    expect((await httpCall(port())).body).toBe('three')
    expect(sidecar.version).toBe('three')
  })

  test('keeps the connections of upstreams that did not change', async () => {
    const origin = await startOrigin()
    const { sidecar, port, get } = await start()
    const upstreams = { u: { endpoints: [origin.address] } }
    await sidecar.applyPushed(routing({ upstreams, routes: { r: { name: 'r', forward: 'u' } } }), 'v1')
    await httpCall(port())
    await sidecar.applyPushed(structuredClone(routing({ upstreams, routes: { r: { name: 'r', forward: 'u', timeout: '9s' } } })), 'v2')
    expect(JSON.parse((await get('/upstreams')).body)).toMatchObject([{ name: 'u', bulkhead: { connections: { used: 1 } } }])
    expect(JSON.parse((await get('/config')).body)).toMatchObject({ version: 'v2', config: { routes: [{ name: 'r', timeout: '9s' }] } })
    expect(JSON.parse((await get('/routes')).body)).toMatchObject([{ name: 'r', action: 'forward' }])
  })

  test('fails no call that comes meanwhile', async () => {
    const { sidecar, port } = await start()
    await sidecar.applyPushed(answering('0'), '0')
    const statuses: number[] = []
    const caller = async () => {
      while (statuses.length < 200) statuses.push((await httpCall(port())).status)
    }
    const callers = [caller(), caller()]
    for (let n = 1; statuses.length < 200; n++) {
      await sidecar.applyPushed(n % 2 === 0 ? answering(`${n}`) : change({ routes: { r: answer(`${n}`) } }), `${n}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(callers)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
  })
})

describe('a sidecar of a control plane', () => {
  test('is not ready for reasons that its mesh has', async () => {
    let reason: string | undefined = 'no certificate yet'
    const { get } = await start(outbound, { notReady: () => reason })
    expect(JSON.parse((await get('/ready')).body)).toMatchObject({ reason: 'no certificate yet' })
    reason = undefined
    expect((await get('/ready')).status).toBe(200)
  })

  test('takes its first call with what was pushed before', async () => {
    const { sidecar, port } = await start(outbound, { kept: answering('kept') })
    expect((await httpCall(port())).body).toBe('kept')
    expect(sidecar.pushedVersion).toBe('v1')
  })

  test('starts without kept routing that is refused or whose port is taken', async () => {
    const origin = await startOrigin()
    const invalid = await start(outbound, { kept: routing({ routes: { r: { name: 'r', forward: 'gone' } } }) })
    const taken = await start(outbound, { kept: routing({ listeners: { l: { name: 'l', address: origin.address } } }) })
    expect([invalid.said[0], taken.said[0]]).toEqual([
      expect.stringContaining('there is no upstream'),
      expect.stringContaining('another program has this port'),
    ])
    for (const { sidecar, port } of [invalid, taken]) {
      expect(sidecar.pushedVersion).toBeNull()
      expect((await httpCall(port())).status).toBe(404)
    }
  })

  test('a configuration with a trust bundle that is none is refused before anything starts', () => {
    const text = bootstrap.replace(certificate, import.meta.filename)
    expect(loadConfig({ file: 'own.yaml', text }).ok).toBe(false)
  })
})
