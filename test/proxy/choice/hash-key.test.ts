import { expect, test } from 'vitest'
import { hashKeyOf } from '../../../proxy/choice/hash-key.ts'

const address = '127.0.0.9'

test('a header gives its value, whatever the case of its name', () => {
  expect(hashKeyOf({ header: 'X-User' }, ['accept', '*/*', 'x-uSER', 'ada'], address)).toBe('ada')
})

test('a header that came twice gives both values', () => {
  expect(hashKeyOf({ header: 'x-user' }, ['x-user', 'ada', 'x-user', 'bob'], address)).toBe('ada, bob')
})

test('the source is the address of the caller', () => {
  expect(hashKeyOf({ source: true }, [], address)).toBe(address)
})

test('a call without the header or the cookie has no key', () => {
  expect(hashKeyOf({ header: 'x-user' }, ['x-users', 'ada'], address)).toBeUndefined()
  expect(hashKeyOf({ header: 'x-user' }, ['x-user', ''], address)).toBeUndefined()
  expect(hashKeyOf({ cookie: 'user' }, ['x-user', 'ada'], address)).toBeUndefined()
})

test.each([
  { field: 'user=ada', key: 'ada' },
  { field: 'theme=dark; user=ada; lang=de', key: 'ada' },
  { field: 'theme=dark;user=ada', key: 'ada' },
  { field: ' ;; user=ada ', key: 'ada' },
  { field: 'user="ada lovelace"', key: 'ada lovelace' },
  { field: 'user=a=b', key: 'a=b' },
  { field: 'user=ada; user=bob', key: 'ada' },
  { field: 'superuser=bob; user=ada', key: 'ada' },
  { field: 'user2=bob; user=ada', key: 'ada' },
  { field: 'theme=user=bob', key: undefined },
  { field: 'User=ada', key: undefined },
  { field: 'user=', key: undefined },
  { field: 'user', key: undefined },
  { field: ';;;', key: undefined },
  { field: '', key: undefined },
])('the cookie `user` of `$field` is $key', ({ field, key }) => {
  expect(hashKeyOf({ cookie: 'user' }, ['cookie', field], address)).toBe(key)
})

test('a cookie is found in any of several Cookie fields', () => {
  expect(hashKeyOf({ cookie: 'user' }, ['Cookie', 'theme=dark', 'cookie', 'user=ada'], address)).toBe('ada')
})
