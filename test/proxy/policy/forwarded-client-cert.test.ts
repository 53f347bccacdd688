import { expect, test } from 'vitest'
import { addForwardedClientCert, removeForwardedClientCert } from '../../../proxy/policy/forwarded-client-cert.ts'

const peer = {
  id: 'spiffe://mesh.local/ns/shop/sa/checkout',
  certificate: Buffer.from('DER'),
  localId: 'spiffe://mesh.local/ns/shop/sa/inventory',
  validUntil: 0,
}

test("Envoy's format, with the hash of the certificate", () => {
  const headers = ['Host', 'a']
  addForwardedClientCert(headers, peer)
  expect(headers).toEqual([
    'Host',
    'a',
    'x-forwarded-client-cert',
    'By=spiffe://mesh.local/ns/shop/sa/inventory;Hash=bffd28c8eeb10a5e50cf17b58f477ea1803895ae69744e6eb53cbcc3bf427adb;URI=spiffe://mesh.local/ns/shop/sa/checkout',
  ])
})

test('every spelling that a server may take for it goes, and nothing else', () => {
  const headers = ['X-Forwarded-Client-Cert', '1', 'a', '2', 'x_forwarded_client_cert', '3', 'X_FORWARDED-client-cert', '4']
  headers.push('x-forwarded-client-cert2', '5', 'x-forwarded-client-cerT', '6', 'b', '7')
  removeForwardedClientCert(headers)
  expect(headers).toEqual(['a', '2', 'x-forwarded-client-cert2', '5', 'b', '7'])
})
