import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ControlPlaneProcess, runCtl, spawnControlPlane } from '../../harness/control-plane-process.ts'
import { httpCall } from '../../harness/http-call.ts'
import { type SimulatedSidecar, simulateSidecar } from './simulated-sidecar.ts'

const upstreams = 'upstreams: { u: { endpoints: ["127.0.0.1:1"] } }\n'
const routing = {
  'all.yaml': `${upstreams}routes:\n  - { name: everybody, match: { host: a.b }, forward: u }\n`,
  'web.yaml': 'for: { labels: { tier: web } }\nroutes:\n  - { name: web, respond: { body: web } }\n',
}

interface Site {
  readonly controlPlane: ControlPlaneProcess
  readonly checkout: SimulatedSidecar
  readonly web: SimulatedSidecar
}

/** Two sidecars that have what they should have. */
async function start(): Promise<Site> {
  const controlPlane = await spawnControlPlane({ routing, config: 'push: { debounce: 1ms }\n' })
  await controlPlane.said('info ready')
  const token = async (workload: string) => {
    const words = ['token', 'create', '--namespace', 'shop', '--account', 'checkout', '--workload', workload]
    return (await controlPlane.ctl(...words)).stdout.trim()
  }
  const checkout = await simulateSidecar(controlPlane, await token('checkout'), { id: 'checkout-1', workload: 'checkout' })
  const web = await simulateSidecar(controlPlane, await token('web'), { id: 'web-1', workload: 'web', labels: { tier: 'web', pod: '7' } })
  for (const sidecar of [checkout, web]) sidecar.answer(await sidecar.pushed())
  return { controlPlane, checkout, web }
}

async function json(controlPlane: ControlPlaneProcess, ...args: string[]): Promise<unknown> {
  return JSON.parse((await controlPlane.ctl(...args, '-o', 'json')).stdout)
}

async function metricsOf(controlPlane: ControlPlaneProcess): Promise<string> {
  const port = Number(controlPlane.address('metrics').split(':').at(-1))
  return (await httpCall(port, { path: '/metrics' })).body
}

describe('an operator sees', () => {
  test('which sidecar has what, and who refused what and why', async () => {
    const { controlPlane, checkout, web } = await start()
    expect(await json(controlPlane, 'fleet')).toEqual([
      expect.objectContaining({ node: 'checkout-1', namespace: 'shop', workload: 'checkout', state: 'current', reason: '' }),
      expect.objectContaining({ node: 'web-1', namespace: 'shop', workload: 'web', state: 'current', certificateNotAfter: null }),
    ])
    await controlPlane.route('all.yaml', routing['all.yaml'].replace('127.0.0.1:1', '127.0.0.1:2'))
    checkout.answer(await checkout.pushed(), 'routes.everybody: no, thank you')
    web.answer(await web.pushed())
    await controlPlane.said('routing refused')
    expect((await controlPlane.ctl('fleet')).stdout).toMatch(/checkout-1 .* nacked .* routes\.everybody: no, thank you/)
    expect(await metricsOf(controlPlane)).toMatch(/tandem_control_plane_pushes_total\{outcome="nack"\} 1/)
    expect(await metricsOf(controlPlane)).toMatch(/tandem_control_plane_sidecars\{state="nacked"\} 1/)
  })

  test('every route, whom it is for and where it is written', async () => {
    const { controlPlane } = await start()
    const file = (name: string) => join(controlPlane.folder, 'routing', name)
    expect(await json(controlPlane, 'routes')).toEqual([
      { name: 'everybody', for: [], action: 'forward', match: { host: 'a.b' }, upstreams: ['u'], file: file('all.yaml'), line: 3 },
      { name: 'web', for: [{ labels: { tier: 'web' } }], action: 'respond', upstreams: [], file: file('web.yaml'), line: 3 },
    ])
  })

  test('what is refused, by itself or for some workload, while everything else goes on', async () => {
    const { controlPlane, web } = await start()
    await controlPlane.route(
      'web.yaml',
      `${routing['web.yaml']}  - { name: lost, forward: nowhere }\n  - { name: odd, frwd: u }\n  - { name: new, forward: u }\n`,
    )
    expect(await web.pushed()).toMatchObject({ set: { routes: { new: { forward: 'u' } } } })
    const { body } = await httpCall(Number(controlPlane.address('console').split(':').at(-1)), {
      path: '/api/status',
      headers: { host: 'localhost' },
    })
    const { sourceErrors } = JSON.parse(body) as { sourceErrors: { line: number; message: string }[] }
    expect(sourceErrors.map(({ line }) => line).toSorted((a, b) => a - b)).toEqual([4, 5, 5])
    expect(sourceErrors.find(({ line }) => line === 4)?.message).toContain('there is no upstream "nowhere"')
    expect(await metricsOf(controlPlane)).toMatch(/tandem_control_plane_source_errors 3/)
  })

  test('certificates that were asked for, and how long the authority lasts', async () => {
    const { controlPlane } = await start()
    const metrics = await metricsOf(controlPlane)
    expect(metrics).toMatch(/tandem_control_plane_certificates_issued_total\{outcome="issued"\} 0/)
    expect(Number(/tandem_control_plane_certificate_expiry_seconds\{role="signing"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(
      300 * 86_400,
    )
    expect(metrics).toMatch(/tandem_build_info\{version="0\.1\.0",node="v26/)
  })
})

describe('diff', () => {
  test('says what files would change, for whom, and pushes nothing', async () => {
    const { controlPlane } = await start()
    const file = join(controlPlane.folder, 'web.yaml')
    await controlPlane.route(
      '../web.yaml',
      'for: { labels: { tier: web } }\nroutes:\n  - { name: web, forward: u }\n  - { name: more, forward: u }\n',
    )
    expect(await json(controlPlane, 'diff', file)).toEqual([
      { namespace: 'shop', workload: 'web', change: 'added', kind: 'routes', name: 'more', sidecars: ['web-1'] },
      { namespace: 'shop', workload: 'web', change: 'changed', kind: 'routes', name: 'web', sidecars: ['web-1'] },
    ])
    expect(await controlPlane.ctl('diff', join(controlPlane.folder, 'routing'))).toMatchObject({
      code: 0,
      stderr: 'nothing would change\n',
    })
  })

  test('a folder is the whole: what is not in it goes', async () => {
    const { controlPlane } = await start()
    const other = await spawnControlPlane({ args: ['--version'], routing: { 'all.yaml': routing['all.yaml'] } })
    expect(await json(controlPlane, 'diff', join(other.folder, 'routing'))).toEqual([
      { namespace: 'shop', workload: 'web', change: 'removed', kind: 'routes', name: 'web', sidecars: ['web-1'] },
    ])
  })

  test('a label that no selector asked for before tells sidecars apart', async () => {
    const { controlPlane } = await start()
    await controlPlane.route(
      '../pod.yaml',
      'routes:\n  - { name: pod, respond: {}, for: { labels: { pod: "7" } } }\n  - { name: far, respond: {}, for: { namespace: other } }\n',
    )
    expect(await json(controlPlane, 'diff', join(controlPlane.folder, 'pod.yaml'))).toEqual([
      { namespace: 'other', workload: '*', change: 'added', kind: 'routes', name: 'far', sidecars: [] },
      { namespace: 'shop', workload: 'web', change: 'added', kind: 'routes', name: 'pod', sidecars: ['web-1'] },
    ])
  })

  test('files that would not be served as they are written are 2, with their places', async () => {
    const { controlPlane } = await start()
    await controlPlane.route('../bad.yaml', 'routes:\n  - { name: bad, forward: nowhere }\n')
    const { code, stderr } = await controlPlane.ctl('diff', join(controlPlane.folder, 'bad.yaml'))
    expect(code).toBe(2)
    expect(stderr).toMatch(/bad\.yaml:2:5: routes\.bad: there is no upstream "nowhere"/)
  })
})

test('a revoked token is good for nothing, and the root is changed once at a time', async () => {
  const { controlPlane } = await start()
  const [{ id }] = (await json(controlPlane, 'token', 'list')) as [{ id: string }]
  expect((await controlPlane.ctl('token', 'revoke', id)).stdout).toBe(`revoked ${id}\n`)
  expect(await json(controlPlane, 'token', 'list')).toEqual([
    expect.objectContaining({ id, workload: 'checkout', revoked: true }),
    expect.objectContaining({ workload: 'web', revoked: false }),
  ])
  expect(await json(controlPlane, 'authority', 'rotate')).toEqual([
    expect.objectContaining({ role: 'signing' }),
    expect.objectContaining({ role: 'trusted', signsFrom: expect.any(String) as string }),
  ])
  expect(await controlPlane.ctl('authority', 'rotate')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a change is under way') as string,
  })
})

test('where others reach the console, everything needs the token of the operator', async () => {
  const TANDEM_OPERATOR_TOKEN = 'a-token-of-the-operator'
  const controlPlane = await spawnControlPlane({ args: ['--console-address', '0.0.0.0:0'], env: { TANDEM_OPERATOR_TOKEN } })
  await controlPlane.said('info ready')
  const env = { TANDEM_SERVER: `http://127.0.0.1:${controlPlane.address('console').split(':').at(-1)}` }
  expect(await runCtl(['fleet'], env)).toMatchObject({ code: 1, stderr: expect.stringContaining('TANDEM_TOKEN') as string })
  expect(await runCtl(['fleet'], { ...env, TANDEM_TOKEN: TANDEM_OPERATOR_TOKEN })).toMatchObject({ code: 0 })
})

test('probes: live and ready', async () => {
  const controlPlane = await spawnControlPlane()
  await controlPlane.said('info ready')
  const port = Number(controlPlane.address('metrics').split(':').at(-1))
  expect(await httpCall(port, { path: '/ready' })).toMatchObject({ status: 200 })
  expect(await httpCall(port, { path: '/live' })).toMatchObject({ status: 200 })
})
