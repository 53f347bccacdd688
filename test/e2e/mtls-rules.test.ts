import { request } from 'undici'
import { beforeAll, describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { routing, startMesh } from '../harness/mesh.ts'
import { TestAuthority } from '../harness/mesh-identity.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection, rawCall } from '../harness/raw-call.ts'
import { startTandem } from '../harness/tandem.ts'

let authority: TestAuthority

beforeAll(async () => {
  authority = await TestAuthority.create()
})

describe('who may call', () => {
  const allow = (rules: string) => ({ inbound: `allow: [${rules}]` })

  test('what no rule allows is 403 RBAC, and the app never hears of it', async () => {
    const { app, callee, caller } = await startMesh(
      authority,
      allow(`{ from: "spiffe://mesh.local/ns/shop/*", method: GET, pathPrefix: /stock }`),
    )
    const status = async (method: string, path: string) => (await httpCall(caller.port, { method, path })).status
    expect(await status('GET', '/stock/7')).toBe(200)
    expect(await status('GET', '/stock/../admin')).toBe(403)
    expect(await status('GET', '/stocks')).toBe(403)
    const refused = await httpCall(caller.port, { method: 'POST', path: '/stock/7' })
    expect(refused.headers['x-tandem-flags']).toBe('RBAC')
    expect(JSON.parse(refused.body)).toMatchObject({
      status: 403,
      route: 'inbound',
      detail: `${authority.idOf('checkout')} may not POST /stock/7 (listener inbound)`,
    })
    expect(app.received).toHaveLength(1)
    const lines = await callee.accessLog()
    expect(lines.at(-1)).toMatchObject({ status: 403, flags: 'RBAC', identity: authority.idOf('checkout'), route: 'inbound' })
  })

  test('strict: without rules every identity of the trust domain may call, and nobody in plain text', async () => {
    const { callee, caller } = await startMesh(authority)
    expect((await httpCall(caller.port)).status).toBe(200)
    expect(await rawCall(callee.portOf('inbound'), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n').catch(() => '')).toBe('')
    await expect.poll(() => callee.said.join('')).toContain('a caller was not let in')
    const { body } = await request(`${callee.health}/metrics`)
    expect(await body.text()).toContain('tandem_requests_total{route="",action="",upstream="",code="0",flags="DPE"} 1')
  })

  test('permissive: plain text may call while there are no rules', async () => {
    const { app, callee } = await startMesh(authority, { inbound: 'mtls: permissive' })
    const answer = await httpCall(callee.portOf('inbound'), {
      headers: { 'x-forwarded-client-cert': 'URI=spiffe://mesh.local/ns/shop/sa/admin' },
    })
    expect(answer.status).toBe(200)
    expect(app.received[0]?.headers).not.toHaveProperty('x-forwarded-client-cert')
    const [line] = await callee.accessLog()
    expect(line).not.toHaveProperty('identity')
  })

  test('permissive: with rules plain text is refused', async () => {
    const { callee, caller } = await startMesh(authority, { inbound: 'mtls: permissive, allow: [{ method: GET }]' })
    expect((await httpCall(callee.portOf('inbound'))).status).toBe(403)
    expect((await httpCall(caller.port)).status).toBe(200)
  })

  test('a change from permissive to strict counts at once, on connections that stand too', async () => {
    const app = await startOrigin()
    const identity = await authority.identity('inventory')
    const listeners = (mtls: string) =>
      `listeners: [{ name: inbound, address: "127.0.0.1:0", inbound: { app: "${app.address}", mtls: ${mtls} } }]`
    const callee = await startTandem('', { listeners: listeners('permissive'), identity })
    const standing = new RawConnection(callee.portOf('inbound'))
    standing.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await standing.until('ok')
    await callee.apply('', listeners('strict'))
    standing.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await standing.until('RBAC')).toContain(' 403 ')
  })

  test('with lenient paths, a path that could be read in two ways satisfies no rule about paths', async () => {
    const { callee } = await startMesh(authority, { ...allow('{ pathPrefix: /stock }'), listener: 'paths: lenient,' })
    const caller = await startTandem(routing(authority, callee), {
      identity: await authority.identity('checkout'),
      listeners: 'listeners: [{ name: outbound, address: "127.0.0.1:0", paths: lenient }]',
    })
    const ask = (path: string) => rawCall(caller.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect(await ask('/stock/7')).toContain(' 200 ')
    expect(await ask('/stock/..%5cadmin')).toContain(' 403 ')
  })
})

describe('what callers cannot make up', () => {
  const spoofed = 'By=spiffe://mesh.local/ns/shop/sa/inventory;URI=spiffe://mesh.local/ns/shop/sa/admin'

  test.each(['x-forwarded-client-cert', 'X-Forwarded-Client-Cert', 'X_Forwarded_Client_Cert'])(
    '%s is removed and replaced',
    async (name) => {
      const { app, caller } = await startMesh(authority)
      await httpCall(caller.port, { headers: { [name]: spoofed } })
      const raw = app.received[0]?.rawHeaders ?? []
      const values = raw.filter(
        (_, at) => at % 2 === 1 && (raw[at - 1] ?? '').replaceAll('_', '-').toLowerCase() === 'x-forwarded-client-cert',
      )
      expect(values).toEqual([expect.stringContaining(`URI=${authority.idOf('checkout')}`)])
    },
  )

  test('outbound listeners remove it too', async () => {
    const origin = await startOrigin()
    const { port } = await startTandem(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`)
    await httpCall(port, { headers: { 'x-forwarded-client-cert': spoofed } })
    expect(origin.received[0]?.headers).not.toHaveProperty('x-forwarded-client-cert')
  })
})
