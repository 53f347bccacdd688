import { request } from 'undici'
import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection } from '../harness/raw-call.ts'
import { startTandem } from '../harness/tandem.ts'

async function json(url: string, method: 'GET' | 'POST' = 'GET') {
  const { statusCode, body } = await request(url, { method })
  return { status: statusCode, body: (await body.json()) as Record<string, unknown> }
}

test('says ready and live on both ports', async () => {
  const { admin, health } = await startTandem('routes: []')
  for (const base of [admin, health]) {
    expect(await json(`${base}/ready`)).toEqual({ status: 200, body: { status: 'ready' } })
    expect(await json(`${base}/live`)).toEqual({ status: 200, body: { status: 'live' } })
  }
})

test('the health port shows nothing but health and metrics', async () => {
  const { health } = await startTandem('routes: []')
  for (const path of ['config', 'upstreams', 'routes', 'stats']) expect((await json(`${health}/${path}`)).status).toBe(404)
  expect((await json(`${health}/drain`, 'POST')).status).toBe(404)
})

test('GET /config shows the configuration with defaults, and no secret', async () => {
  process.env.TANDEM_TEST_KEY = 'very-secret'
  const route = `{ name: r, forward: { upstream: u, headers: { set: { authorization: "Bearer \${env:TANDEM_TEST_KEY}" } } } }`
  const origin = await startOrigin()
  const { admin, port } = await startTandem(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [${route}]`)
  delete process.env.TANDEM_TEST_KEY
  const { body } = await request(`${admin}/config`)
  const text = await body.text()
  expect(text).not.toContain('very-secret')
  expect(text).toContain('${env:TANDEM_TEST_KEY}')
  expect(JSON.parse(text)).toMatchObject({ version: expect.any(String) as string, config: { upstreams: { u: { protocol: 'http1' } } } })
  await httpCall(port)
  expect(origin.received[0]?.headers.authorization).toBe('Bearer very-secret')
})

test('GET /upstreams shows the bulkheads as they are now', async () => {
  const origin = await startOrigin(() => undefined)
  const { admin, port } = await startTandem(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`)
  new RawConnection(port).write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
  await origin.receivedCount(1)
  const { body } = await json(`${admin}/upstreams`)
  expect(body).toMatchObject([
    { name: 'u', role: 'primary', bulkhead: { connections: { used: 1, limit: 64 }, requests: { used: 1, limit: 256 } } },
  ])
})

test('GET /routes names each route with its action', async () => {
  const { admin } = await startTandem('routes: [{ name: a, respond: {} }, { name: b, match: { path: /x }, redirect: { path: /y } }]')
  expect((await json(`${admin}/routes`)).body).toMatchObject([
    { name: 'a', action: 'respond' },
    { name: 'b', action: 'redirect', match: { path: '/x' } },
  ])
})

test('an unknown page names those that there are', async () => {
  const { admin } = await startTandem('routes: []')
  const { status, body } = await json(`${admin}/nothing`)
  expect(status).toBe(404)
  expect(body.endpoints).toContain('GET /config')
})

test('POST /drain: not ready, no new connections, calls in progress are answered with Connection: close', async () => {
  let answer: () => void = () => undefined
  const origin = await startOrigin((response) => void (answer = () => response.end('done')))
  const { admin, port, sidecar } = await startTandem(
    `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`,
  )
  const connection = new RawConnection(port)
  connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
  await origin.receivedCount(1)
  expect((await json(`${admin}/drain`, 'POST')).status).toBe(202)
  expect(await json(`${admin}/ready`)).toEqual({ status: 503, body: { status: 'not ready', reason: 'draining' } })
  await expect(httpCall(port)).rejects.toThrow(/ECONNREFUSED/)
  answer()
  expect(await connection.closed()).toMatch(/connection: close[\s\S]*done$/i)
  await sidecar.drain()
})

test('a drain ends when its time is up, whatever hangs', async () => {
  const origin = await startOrigin(() => undefined)
  const routing = `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`
  const { port, sidecar } = await startTandem(routing, { bootstrap: 'drain: { timeout: 50ms }' })
  new RawConnection(port).write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
  await origin.receivedCount(1)
  await expect(sidecar.drain()).resolves.toBeUndefined()
})
