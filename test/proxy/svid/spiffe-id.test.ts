import { expect, test } from 'vitest'
import { parseSpiffeId, spiffeIdOf, workloadOf } from '../../../proxy/svid/spiffe-id.ts'

test.each([
  ['spiffe://mesh.local/ns/shop/sa/checkout', 'mesh.local', '/ns/shop/sa/checkout'],
  ['spiffe://a_b-c.1/x', 'a_b-c.1', '/x'],
  ['spiffe://td/A.b_c-9/...', 'td', '/A.b_c-9/...'],
])('reads %s', (text, trustDomain, path) => {
  expect(parseSpiffeId(text)).toEqual({ trustDomain, path })
})

test.each([
  '',
  'mesh.local/ns/shop',
  'http://mesh.local/x',
  'SPIFFE://mesh.local/x',
  'spiffe:/mesh.local/x',
  'spiffe:///x',
  'spiffe://mesh.local',
  'spiffe://mesh.local/',
  'spiffe://mesh.local/x/',
  'spiffe://mesh.local//x',
  'spiffe://Mesh.local/x',
  'spiffe://mesh.local:8443/x',
  'spiffe://user@mesh.local/x',
  'spiffe://mesh.local/x?y',
  'spiffe://mesh.local/x#y',
  'spiffe://mesh.local/x%20y',
  'spiffe://mesh.local/x y',
  'spiffe://mesh.local/./x',
  'spiffe://mesh.local/x/..',
  'spiffe://mesh.local/ü',
  'spiffe://mesh.local/x\n',
  `spiffe://${'a'.repeat(256)}/x`,
  `spiffe://mesh.local/${'a'.repeat(2048)}`,
])('does not take %j for an id', (text) => {
  expect(parseSpiffeId(text)).toBeNull()
})

test('says which workload an id of the mesh names', () => {
  const workload = { namespace: 'shop', account: 'checkout' }
  const id = parseSpiffeId(spiffeIdOf('mesh.local', workload))
  expect(id === null ? null : workloadOf(id)).toEqual(workload)
  expect(workloadOf({ trustDomain: 'mesh.local', path: '/ns/shop/sa/checkout/x' })).toBeNull()
  expect(workloadOf({ trustDomain: 'mesh.local', path: '/shop/checkout' })).toBeNull()
})
