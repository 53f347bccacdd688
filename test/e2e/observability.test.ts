import { request } from 'undici'
import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { rawCall } from '../harness/raw-call.ts'
import { refusingAddress } from '../harness/raw-origin.ts'
import { startTandem } from '../harness/tandem.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'

describe('trace context', () => {
  const routingTo = (address: string) => `upstreams: { u: { endpoints: ["${address}"] } }\nroutes: [{ name: r, forward: u }]`

  test('passes untouched where no tracing is configured, and none is made up', async () => {
    const origin = await startOrigin()
    const { port } = await startTandem(routingTo(origin.address))
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`
    await httpCall(port, { headers: { traceparent, tracestate: 'a=b', baggage: 'k=v' } })
    await httpCall(port)
    expect(origin.received[0]?.headers).toMatchObject({ traceparent, tracestate: 'a=b', baggage: 'k=v' })
    expect(origin.received[1]?.headers).not.toHaveProperty('traceparent')
  })

  test('goes on with the same trace id where the call is not sampled, from W3C and from B3 alike, also when the collector is down', async () => {
    const origin = await startOrigin()
    const tracing = `tracing: { otlp: "http://${await refusingAddress()}", sample: 0, propagate: [tracecontext, baggage, b3] }`
    const { port } = await startTandem(routingTo(origin.address), { bootstrap: tracing })
    await httpCall(port, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-00`, tracestate: 'a=b' } })
    await httpCall(port, { headers: { b3: `${traceId}-b7ad6b7169203331-0` } })
    await httpCall(port)
    const [first, second, third] = origin.received
    expect(first?.headers).toMatchObject({ traceparent: `00-${traceId}-b7ad6b7169203331-00`, tracestate: 'a=b', 'x-b3-traceid': traceId })
    expect(second?.headers.traceparent).toContain(traceId)
    expect(third?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  })

  test('is in the answer to a caller that got a local one, and in the log', async () => {
    const tandem = await startTandem('routes: []')
    const { body } = await httpCall(tandem.port, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
    expect(JSON.parse(body)).toMatchObject({ traceId })
    expect(await tandem.accessLog()).toMatchObject([{ traceId }])
  })
})

test('the access log has a line a call and one a mirror, with the keys of the contract and nothing else', async () => {
  const [a, b] = [await startOrigin((response) => response.end('hello')), await startOrigin()]
  const tandem = await startTandem(`upstreams: { a: { endpoints: ["${a.address}"] }, b: { endpoints: ["${b.address}"] } }
routes: [{ name: r, forward: a, mirror: [{ upstream: b }] }]`)
  await httpCall(tandem.port, { method: 'POST', path: '/x?q=1', headers: { 'x-request-id': 'abc-1' }, body: 'four' })
  await b.receivedCount(1)
  await expect.poll(async () => (await (await request(`${tandem.admin}/metrics`)).body.text()).includes('outcome="sent"')).toBe(true)
  const lines = await tandem.accessLog()
  const known = new Set(
    'time traceId requestId kind route action upstream endpoint method host path protocol status flags bytesIn bytesOut durationMs attempts caller identity'.split(
      ' ',
    ),
  )
  for (const line of lines) expect(Object.keys(line).filter((key) => !known.has(key))).toEqual([])
  expect(lines).toHaveLength(2)
  expect(lines).toContainEqual(
    expect.objectContaining({
      kind: 'call',
      route: 'r',
      action: 'forward',
      upstream: 'a',
      endpoint: a.address,
      method: 'POST',
      host: 't.test',
      status: 200,
      bytesIn: 4,
      bytesOut: 5,
      attempts: 1,
      requestId: 'abc-1',
      protocol: 'HTTP/1.1',
    }),
  )
  expect(lines).toContainEqual(expect.objectContaining({ kind: 'mirror', route: 'r', upstream: 'b', endpoint: b.address, status: 200 }))
})

test('metrics have the names and labels of the contract, and no path or id in a label', async () => {
  const origin = await startOrigin()
  const tandem = await startTandem(
    `upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, match: { pathPrefix: /ok }, forward: u }]`,
  )
  await httpCall(tandem.port, { path: '/ok/secret-path' })
  await httpCall(tandem.port, { path: '/none' })
  const text = await (await request(`${tandem.health}/metrics`)).body.text()
  expect(text).toMatch(/^tandem_requests_total\{route="r",action="forward",upstream="u",code="200",flags=""\} 1$/m)
  expect(text).toMatch(/^tandem_requests_total\{route="",action="",upstream="",code="404",flags="NR"\} 1$/m)
  expect(text).toMatch(/^tandem_request_duration_seconds_count\{route="r",action="forward",upstream="u"\} 1$/m)
  expect(text).toMatch(/^tandem_upstream_attempts_total\{upstream="u",code="200",flags=""\} 1$/m)
  expect(text).toMatch(/^tandem_bulkhead_requests\{upstream="u",role="primary"\} 0$/m)
  expect(text).toMatch(/^tandem_config_version_info\{version="[0-9a-f]{16}"\} 1$/m)
  expect(text).toMatch(/^tandem_build_info\{/m)
  expect(text).not.toContain('secret-path')
})

test('a message that never became a call is counted and logged', async () => {
  const tandem = await startTandem('routes: []')
  await rawCall(tandem.port, 'nonsense\r\n\r\n')
  const text = await (await request(`${tandem.health}/metrics`)).body.text()
  expect(text).toMatch(/^tandem_requests_total\{[^}]*code="400",flags="DPE"\} 1$/m)
  expect(await tandem.accessLog()).toMatchObject([{ status: 400, flags: 'DPE' }])
})
