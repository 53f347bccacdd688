import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { meshRouting, spawnMesh } from '../harness/mesh-processes.ts'
import { startOrigin } from '../harness/origin.ts'
import { rawCall } from '../harness/raw-call.ts'

test('a call goes through both sidecars by mutual TLS, and the app is told who called', async () => {
  const app = await startOrigin((response) => response.end('42'))
  const { port, caller } = await spawnMesh(app.address)
  const answer = await httpCall(port, {
    path: '/stock',
    headers: { 'x-forwarded-client-cert': 'URI=spiffe://mesh.local/ns/shop/sa/admin' },
  })
  expect([answer.status, answer.body]).toEqual([200, '42'])
  expect(app.received[0]?.headers['x-forwarded-client-cert']).toMatch(
    /^By=spiffe:\/\/mesh\.local\/ns\/shop\/sa\/inventory;Hash=[0-9a-f]{64};URI=spiffe:\/\/mesh\.local\/ns\/shop\/sa\/checkout$/,
  )
  const metrics = (await httpCall(caller.portOf('health'), { path: '/metrics' })).body
  expect(Number(/^tandem_certificate_expiry_seconds (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(86_000)
})

test('nobody comes in without a certificate of the mesh, nor in plain text', async () => {
  const app = await startOrigin()
  const { inbound } = await spawnMesh(app.address)
  expect(await rawCall(inbound, 'GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n')).toBe('')
  const stranger = connect({ port: inbound, host: '127.0.0.1', rejectUnauthorized: false })
  stranger.on('error', () => undefined)
  stranger.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
  await new Promise((resolve) => stranger.once('close', resolve))
  expect(app.received).toEqual([])
})

test('an edit reaches the sidecar, a broken one changes nothing, and the fleet shows who serves what', async () => {
  const app = await startOrigin()
  const { controlPlane, port, inbound } = await spawnMesh(app.address)
  const edited = `${meshRouting(inbound, app.address)}  - { name: hello, for: { workload: checkout }, match: { path: /hello }, respond: { body: hello } }\n`
  await controlPlane.route('shop.yaml', edited)
  await expect.poll(async () => (await httpCall(port, { path: '/hello' })).body).toBe('hello')
  await controlPlane.route('shop.yaml', edited.replace('{ body: hello }', '{ body: [] }'))
  await controlPlane.said('respond.body')
  expect((await httpCall(port, { path: '/hello' })).body).toBe('hello')
  const { stdout } = await controlPlane.ctl('fleet', '-o', 'json')
  expect(JSON.parse(stdout)).toMatchObject([
    { node: 'checkout-1', namespace: 'shop', workload: 'checkout', state: 'current' },
    { node: 'inventory-1', namespace: 'shop', workload: 'inventory', state: 'current' },
  ])
})

test('calls go on while the control plane is down', async () => {
  const app = await startOrigin()
  const { controlPlane, port } = await spawnMesh(app.address)
  controlPlane.signal('SIGKILL')
  await controlPlane.ended
  for (let i = 0; i < 20; i++) expect((await httpCall(port)).status).toBe(200)
})
