import { expect, test } from 'vitest'
import { normaliseHost } from '../../../proxy/route/host.ts'

test.each([
  ['orders.shop.internal', 'orders.shop.internal'],
  ['Orders.SHOP.internal', 'orders.shop.internal'],
  ['orders:8080', 'orders'],
  ['orders:', 'orders'],
  ['orders.', 'orders'],
  ['ORDERS.:443', 'orders'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]', '[::1]'],
  ['[::1]:8080', '[::1]'],
  ['[2001:DB8::A]:443', '[2001:db8::a]'],
  ['[::1', '[::1'],
  ['.', '.'],
  ['', ''],
])('the host of `%s` is `%s`', (authority, host) => {
  expect(normaliseHost(authority)).toBe(host)
})
