import { expect, test } from 'vitest'
import { compileHeaderChanges } from '../../../proxy/action/header-changes.ts'

test('remove takes every field of the name, in any case', () => {
  const headers = ['X-A', '1', 'x-a', '2', 'X-B', '3']
  compileHeaderChanges({ remove: ['x-A'] })(headers)
  expect(headers).toEqual(['X-B', '3'])
})

test('set puts one value in the place of the first field and takes the others away', () => {
  const headers = ['X-A', '1', 'X-B', '2', 'x-a', '3']
  compileHeaderChanges({ set: { 'x-a': 'new', 'x-c': 'also' } })(headers)
  expect(headers).toEqual(['x-a', 'new', 'X-B', '2', 'x-c', 'also'])
})

test('add keeps what is there', () => {
  const headers = ['X-A', '1']
  compileHeaderChanges({ add: { 'x-a': '2' } })(headers)
  expect(headers).toEqual(['X-A', '1', 'x-a', '2'])
})

test('without changes the list is left alone', () => {
  const headers = ['X-A', '1']
  compileHeaderChanges(undefined)(headers)
  expect(headers).toEqual(['X-A', '1'])
})
