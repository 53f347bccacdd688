import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { RawConnection } from '../harness/raw-call.ts'
import { startTandem } from '../harness/tandem.ts'

test('an upstream that hangs at full load takes no connection, no place in a queue and no call from another', async () => {
  const [well, hung] = [await startOrigin(), await startOrigin(() => undefined)]
  const { port, sidecar } = await startTandem(`upstreams:
  well: { endpoints: ["${well.address}"], bulkhead: { connections: 2, pending: 2, requests: 4 } }
  hung: { endpoints: ["${hung.address}"], bulkhead: { connections: 4, pending: 4, requests: 8 } }
routes: [{ name: w, match: { path: /well }, forward: well }, { name: h, match: { path: /hung }, forward: hung }]`)
  const held = Array.from({ length: 8 }, () => new RawConnection(port))
  for (const connection of held) connection.write('GET /hung HTTP/1.1\r\nHost: t\r\n\r\n')
  await hung.receivedCount(4)
  await expect.poll(async () => (await httpCall(port, { path: '/hung' })).headers['x-tandem-flags']).toBe('UO')
  for (let i = 0; i < 200; i++) expect((await httpCall(port, { path: '/well' })).status).toBe(200)
  expect(hung.received).toHaveLength(4)
  expect(sidecar.version).toMatch(/^[0-9a-f]{16}$/)
})
