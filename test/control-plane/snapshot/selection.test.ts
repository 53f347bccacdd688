import { expect, test } from 'vitest'
import { isFor, mentionedLabels } from '../../../control-plane/snapshot/selection.ts'
import type { Selector } from '../../../control-plane/source/source.ts'
import { node } from './resources.ts'

const checkout = node('checkout', { version: 'v2', zone: 'a' })

test.each<[string, readonly Selector[], boolean]>([
  ['no selector', [], true],
  ['its namespace', [{ namespace: 'shop' }], true],
  ['another namespace', [{ namespace: 'bank' }], false],
  ['its workload', [{ workload: 'checkout' }], true],
  ['another workload', [{ workload: 'payment' }], false],
  ['a workload that begins the same', [{ workload: 'check' }], false],
  ['its workload in another namespace', [{ namespace: 'bank', workload: 'checkout' }], false],
  ['a label that it has', [{ labels: { version: 'v2' } }], true],
  ['a label with another value', [{ labels: { version: 'v1' } }], false],
  ['a label that it does not have', [{ labels: { team: 'a' } }], false],
  ['a label that every object seems to have', [{ labels: { constructor: 'Object' } }], false],
  ['all of its labels', [{ labels: { version: 'v2', zone: 'a' } }], true],
  ['one label of two', [{ labels: { version: 'v2', zone: 'b' } }], false],
  ['everything at once', [{ namespace: 'shop', workload: 'checkout', labels: { zone: 'a' } }], true],
  ['the file and the object', [{ namespace: 'shop' }, { workload: 'checkout' }], true],
  ['the file but not the object', [{ namespace: 'shop' }, { workload: 'payment' }], false],
  ['the object but not the file', [{ namespace: 'bank' }, { workload: 'checkout' }], false],
])('with %s', (_, selectors, expected) => {
  expect(isFor(selectors, checkout)).toBe(expected)
})

test('the labels that matter are those that any selector asks for', () => {
  const selectors = [[{ labels: { zone: 'a' } }], [], [{ workload: 'w' }, { labels: { version: 'v2', zone: 'b' } }]]
  expect(mentionedLabels(selectors)).toEqual(['version', 'zone'])
})
