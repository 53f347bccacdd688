import { describe, expect, it } from 'vitest'
import { fewRoutes, manyRoutes, routeGrid } from '../../../bench/lib/route-grid.ts'
import { requestsOf } from '../../../bench/lib/target.ts'

describe('the requests of a load', () => {
  it('are one small GET where nothing else is said', () => {
    const [only, ...more] = requestsOf({ path: '/', uploadBytes: 0, routes: null })
    expect(more).toEqual([])
    expect(String(only)).toMatch(/^GET \/ HTTP\/1\.1\r\nHost: bench\.internal\r\n[^]*\r\n\r\n$/)
  })

  it('carry an upload in one piece with its head', () => {
    const [only = Buffer.alloc(0)] = requestsOf({ path: '/', uploadBytes: 1_000, routes: null })
    expect(only.toString()).toMatch(/^POST \/ [^]*Content-Length: 1000\r\n\r\nx{1000}$/)
  })

  it.each([fewRoutes, manyRoutes])('take each of many routes once, neighbours not one after the other', (routes) => {
    const taken = requestsOf({ path: '/', uploadBytes: 0, routes }).map(String)
    const expected = routeGrid(routes).map(({ host, prefix }) => `GET ${prefix}/ HTTP/1.1\r\nHost: ${host}\r\n`)
    expect(new Set(taken.map((one) => one.slice(0, one.indexOf('User-Agent'))))).toEqual(new Set(expected))
    expect(taken).toHaveLength(routes.hosts * routes.prefixes)
    expect(taken[1]).not.toContain(expected[1])
  })
})
