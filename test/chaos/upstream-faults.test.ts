import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { type Fault, faults, type Told } from './faults.ts'
import { idle, limitMs, startSite } from './site.ts'

/** What the caller of a path was told: status and flag, or that the answer broke off. */
async function tellingOf(port: number, path: string): Promise<string> {
  const began = performance.now()
  const telling = await httpCall(port, { path }).then(
    ({ status, headers }) => `${status} ${String(headers['x-tandem-flags'] ?? '')}`,
    () => 'cut',
  )
  expect(performance.now() - began).toBeLessThan(limitMs)
  return telling
}

function flagOf({ told }: Fault): string {
  return 'cut' in told ? told.cut : told[1]
}

function expected(told: Told): string {
  return 'cut' in told ? 'cut' : told.join(' ')
}

interface Combined {
  readonly status: string
  readonly results: Readonly<Record<'well' | 'ill', { readonly status: number | string; readonly error?: string }>>
}

/** A fan-out reads answers whole, so one that is cut off fails as it does before it has begun. It answers once it is certain that it failed. */
async function fanoutOf(port: number, fault: Fault): Promise<void> {
  const { status, body } = await httpCall(port, { path: '/fanout' })
  const { results } = JSON.parse(body) as Combined
  const flag = flagOf(fault)
  expect([200, 'pending']).toContain(results.well.status)
  expect(results.ill.error?.split(':')[0] ?? '').toBe(flag)
  expect(status).toBe(flag === '' ? 200 : flag === 'UT' ? 504 : 502)
}

describe('an upstream that is ill', () => {
  test.each(faults)('$name', async (fault) => {
    const tandem = await startSite(await fault.start(), fault.upstream ?? '', fault.waits ?? flagOf(fault) === 'UT')
    const [forward, split, mirror] = await Promise.all(['/forward', '/split', '/mirror'].map((path) => tellingOf(tandem.port, path)))
    expect([forward, split, mirror]).toEqual([expected(fault.told), expected(fault.told), '200 '])
    await fanoutOf(tandem.port, fault)
    expect(await idle(tandem)).toEqual([])
    const flag = flagOf(fault)
    const lines = await tandem.accessLog()
    expect(
      lines
        .filter(({ route, kind }) => route !== 'fanout' && kind === 'call')
        .map(({ route, flags = '' }) => `${String(route)} ${String(flags)}`)
        .toSorted(),
    ).toEqual([`forward ${flag}`, 'mirror ', `split ${flag}`])
    expect(lines.filter(({ kind }) => kind === 'mirror')).toHaveLength(2)
  })
})
