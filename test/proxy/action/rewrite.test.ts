import { expect, test } from 'vitest'
import { compileRewrite } from '../../../proxy/action/rewrite.ts'

test.each([
  ['without a rewrite the path stays as it is', {}, '/a/b?x=1', 0, '/a/b?x=1'],
  ['path replaces the whole path and keeps the query', { path: '/new' }, '/a/b?x=1', 2, '/new?x=1'],
  ['path with a query of its own replaces both', { path: '/new?y=2' }, '/a/b?x=1', 2, '/new?y=2'],
  ['pathPrefix replaces what the route matched', { pathPrefix: '/v2' }, '/v1/items?x=1', 3, '/v2/items?x=1'],
  ['pathPrefix on the very prefix leaves no trailing slash', { pathPrefix: '/v2' }, '/v1', 3, '/v2'],
  ['pathPrefix with a trailing slash does not double it', { pathPrefix: '/v2/' }, '/v1/items', 3, '/v2/items'],
  ['pathPrefix / takes the prefix away', { pathPrefix: '/' }, '/v1/items', 3, '/items'],
  ['pathPrefix / on the very prefix leaves the root', { pathPrefix: '/' }, '/v1', 3, '/'],
  ['pathPrefix keeps a query that follows the prefix at once', { pathPrefix: '/v2' }, '/v1?x=1', 3, '/v2?x=1'],
  ['pathPrefix on a route that matched everything is put in front', { pathPrefix: '/v2' }, '/items', 0, '/v2/items'],
])('%s', (_title, config, path, matched, sent) => {
  expect(compileRewrite(config)(path, matched)).toBe(sent)
})
