import { request } from 'undici'
import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection } from '../harness/raw-call.ts'
import { refusingAddress, startRawOrigin } from '../harness/raw-origin.ts'
import { startTandem } from '../harness/tandem.ts'

function mirrored(primary: string, copy: string, mirror = '', upstream = '') {
  return `upstreams: { a: { endpoints: ["${primary}"] }, b: { endpoints: ["${copy}"]${upstream} } }
routes: [{ name: r, forward: a, mirror: [{ upstream: b${mirror} }] }]`
}

async function mirrorCount(admin: string, outcome: string): Promise<number> {
  const { body } = await request(`${admin}/metrics`)
  const line = (await body.text())
    .split('\n')
    .find((text) => text.startsWith('tandem_mirror_total{') && text.includes(`outcome="${outcome}"`))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ')))
}

describe('the copy', () => {
  test('has method, path, host, fields and body of the call, and is marked with its route', async () => {
    const [primary, copy] = [
      await startOrigin((response) => response.end('primary')),
      await startOrigin((response) => response.end('copy')),
    ]
    const { port } = await startTandem(mirrored(primary.address, copy.address))
    const answer = await httpCall(port, { method: 'POST', path: '/x?y', headers: { 'x-a': '1' }, body: 'hello' })
    expect(answer.body).toBe('primary')
    await copy.receivedCount(1)
    const [seen] = copy.received
    expect([seen?.method, seen?.url, seen?.headers.host, seen?.headers['x-a'], seen?.body.toString()]).toEqual([
      'POST',
      '/x?y',
      't.test',
      '1',
      'hello',
    ])
    expect(seen?.headers['x-tandem-mirror']).toBe('r')
    expect(primary.received[0]?.headers).not.toHaveProperty('x-tandem-mirror')
  })

  test('is sent for exactly its percentage of the calls', async () => {
    const [primary, copy] = [await startOrigin(), await startOrigin()]
    const tandem = await startTandem(mirrored(primary.address, copy.address, ', percent: 12.5'))
    for (let i = 0; i < 80; i++) await httpCall(tandem.port)
    await copy.receivedCount(10)
    expect((await tandem.accessLog()).filter(({ kind }) => kind === 'mirror')).toHaveLength(10)
  })

  test('waits for the primary with when: accepted, and is not sent when the primary failed', async () => {
    const primary = await startOrigin((response, { url }) => void response.writeHead(url === '/bad' ? 500 : 200).end())
    const copy = await startOrigin()
    const { port } = await startTandem(mirrored(primary.address, copy.address, ', when: accepted'))
    await httpCall(port, { method: 'POST', path: '/bad', body: 'lost' })
    await httpCall(port, { method: 'POST', path: '/good', body: 'kept' })
    await copy.receivedCount(1)
    expect(copy.received.map(({ url, body }) => [url, body.toString()])).toEqual([['/good', 'kept']])
  })

  test('lives on when the caller leaves', async () => {
    const primary = await startOrigin(() => undefined)
    let answer: () => void = () => undefined
    const copy = await startOrigin((response) => void (answer = () => response.end('late')))
    const tandem = await startTandem(mirrored(primary.address, copy.address))
    const connection = new RawConnection(tandem.port)
    connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    await Promise.all([primary.receivedCount(1), copy.receivedCount(1)])
    const cancelled = new Promise((resolve) => void primary.begun.then(({ socket }) => socket.once('close', resolve)))
    connection.socket.destroy()
    await cancelled
    answer()
    await expect.poll(() => mirrorCount(tandem.admin, 'sent')).toBe(1)
  })

  test('goes to each of several mirrors', async () => {
    const [primary, b, c] = [await startOrigin(), await startOrigin(), await startOrigin()]
    const { port } =
      await startTandem(`upstreams: { a: { endpoints: ["${primary.address}"] }, b: { endpoints: ["${b.address}"] }, c: { endpoints: ["${c.address}"] } }
routes: [{ name: r, forward: a, mirror: [{ upstream: b }, { upstream: c, path: /other }] }]`)
    await httpCall(port, { path: '/x' })
    await Promise.all([b.receivedCount(1), c.receivedCount(1)])
    expect([b.received[0]?.url, c.received[0]?.url]).toEqual(['/x', '/other'])
  })

  test('of a split follows whichever destination was chosen', async () => {
    const [a, b, copy] = [await startOrigin(), await startOrigin(), await startOrigin()]
    const { port } =
      await startTandem(`upstreams: { a: { endpoints: ["${a.address}"] }, b: { endpoints: ["${b.address}"] }, c: { endpoints: ["${copy.address}"] } }
routes: [{ name: r, split: [{ upstream: a }, { upstream: b }], mirror: [{ upstream: c }] }]`)
    for (let i = 0; i < 4; i++) await httpCall(port)
    await copy.receivedCount(4)
    expect([a.received.length, b.received.length]).toEqual([2, 2])
  })
})

describe('a mirror that is ill', () => {
  test('refusing costs the primary nothing and is counted as failed', async () => {
    const primary = await startOrigin()
    const tandem = await startTandem(mirrored(primary.address, await refusingAddress()))
    for (let i = 0; i < 10; i++) expect((await httpCall(tandem.port)).status).toBe(200)
    await expect.poll(() => mirrorCount(tandem.admin, 'failed')).toBe(10)
  })

  test('hung fills its own compartment only; copies beyond it are counted as overflow', async () => {
    const primary = await startOrigin()
    const tandem = await startTandem(
      mirrored(primary.address, await startRawOrigin(() => undefined), '', ', bulkhead: { connections: 2, pending: 2, requests: 4 }'),
    )
    for (let i = 0; i < 20; i++) expect((await httpCall(tandem.port)).status).toBe(200)
    expect(await mirrorCount(tandem.admin, 'overflow')).toBe(16)
  })

  test('hung takes nothing from calls to the same upstream', async () => {
    const origin = await startOrigin((response, { headers }) => {
      if (headers['x-tandem-mirror'] === undefined) response.end('ok')
    })
    const routing = `upstreams: { a: { endpoints: ["${origin.address}"], bulkhead: { connections: 1, pending: 0, requests: 1 } } }
routes: [{ name: r, forward: a, mirror: [{ upstream: a }] }]`
    const { port } = await startTandem(routing)
    for (let i = 0; i < 10; i++) expect((await httpCall(port)).status).toBe(200)
  })

  test('slow to take the body is cut off at bodyLimit, and the primary gets all of it', async () => {
    const primary = await startOrigin((response, { body }) => response.end(String(body.length)))
    const deaf = await startRawOrigin((socket) => void socket.pause())
    const tandem = await startTandem(mirrored(primary.address, deaf, ', bodyLimit: 64KiB'))
    const size = 32 * 1024 * 1024
    const { body } = await request(`http://127.0.0.1:${tandem.port}/`, { method: 'POST', body: Buffer.alloc(size) })
    expect(await body.text()).toBe(String(size))
    await expect.poll(() => mirrorCount(tandem.admin, 'cut')).toBe(1)
  })
})
