import { expect, test } from 'vitest'
import { overlay } from '../../../control-plane/console/overlay.ts'
import type { Resource } from '../../../control-plane/source/source.ts'

function resource(name: string, file: string, body = 1): Resource {
  return { kind: 'routes', name, body: { body }, selectors: [], origin: { file, line: 1, column: 1 } }
}

const current = [resource('a', '/etc/routing/shop/a.yaml'), resource('b', '/etc/routing/shop/a.yaml'), resource('c', '/etc/routing/c.yaml')]

function names(given: readonly Resource[], files: readonly string[]): string[] {
  return overlay(current, given, files).map(({ name, body }) => `${name}${String(body['body'])}`)
}

test('an object takes the place of the one with its name, wherever that stands', () => {
  expect(names([resource('c', 'new.yaml', 2)], ['new.yaml'])).toEqual(['a1', 'b1', 'c2'])
})

test.each(['a.yaml', './shop/a.yaml', 'routing/shop/a.yaml', '/etc/routing/shop/a.yaml', '/home/me/etc/routing/shop/a.yaml'])(
  'what a file of the same name does not have any more goes: %s',
  (file) => {
    expect(names([resource('a', file, 2)], [file])).toEqual(['c1', 'a2'])
  },
)

test.each(['other/a.yaml', 'aa.yaml'])('a file of another name takes nothing away: %s', (file) => {
  expect(names([resource('a', file, 2)], [file])).toEqual(['b1', 'c1', 'a2'])
})
