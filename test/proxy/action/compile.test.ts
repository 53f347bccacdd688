import { describe, expect, test } from 'vitest'
import { compileAction, type CompiledAction } from '../../../proxy/action/compile.ts'
import type { RouteConfig } from '../../../proxy/config/schema/route.ts'
import { InMemoryUpstream } from '../../harness/in-memory-upstream.ts'
import { snapshotDeps } from '../../harness/snapshot-deps.ts'

const deps = snapshotDeps()

/** Compiles routes beside the same upstreams. */
function compiler(): (route: Omit<RouteConfig, 'name'>) => CompiledAction {
  const upstreams = new Map<string, InMemoryUpstream>()
  const upstream = (name: string, role: string) => {
    const known = upstreams.get(`${role} ${name}`) ?? new InMemoryUpstream(name)
    upstreams.set(`${role} ${name}`, known)
    return known
  }
  return (route) => compileAction({ name: 'r', ...route }, { upstream, expression: (text) => deps.expression(text) }, deps)
}

describe('routes that send calls on as they came', () => {
  test('share one action for each upstream, whatever they match and however it is written', () => {
    const compile = compiler()
    const action = compile({ forward: 'catalog' })
    expect(compile({ forward: 'catalog', match: { pathPrefix: '/a' }, timeout: 1_000 })).toBe(action)
    expect(compile({ forward: { upstream: 'catalog' } })).toBe(action)
    expect(compile({ forward: 'orders' })).not.toBe(action)
  })

  test('share none where an upstream was replaced by another one of its name', () => {
    expect(compiler()({ forward: 'catalog' })).not.toBe(compiler()({ forward: 'catalog' }))
  })

  test.each<Omit<RouteConfig, 'name'>>([
    { forward: { upstream: 'catalog', name: 'shown' } },
    { forward: { upstream: 'catalog', method: 'PUT' } },
    { forward: { upstream: 'catalog', path: '/' } },
    { forward: { upstream: 'catalog', pathPrefix: '/' } },
    { forward: { upstream: 'catalog', host: 'catalog' } },
    { forward: { upstream: 'catalog', headers: {} } },
    { forward: { upstream: 'catalog', timeout: 0 } },
    { forward: { upstream: 'catalog', body: '$' } },
    { forward: 'catalog', match: { method: 'CONNECT' } },
    { forward: 'catalog', mirror: [{ upstream: 'next', percent: 100, when: 'sent', bodyLimit: 0 }] },
  ])('share none with one that does more: %j', (route) => {
    const compile = compiler()
    const plain = compile({ forward: 'catalog' })
    const action = compile(route)
    expect(action.run).not.toBe(plain.run)
    expect(compile({ forward: 'catalog' })).toBe(plain)
  })
})
