import { expect, test } from 'vitest'
import { queryValue } from '../../../proxy/route/query.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

test.each([
  ['a=1&b=2', 'b', '2'],
  ['a=1&a=2', 'a', '1'],
  ['a', 'a', ''],
  ['a=', 'a', ''],
  ['a=b=c', 'a', 'b=c'],
  ['aa=1&a=2', 'a', '2'],
  ['a=x+y%20z', 'a', 'x y z'],
  ['%61=1', 'a', '1'],
  ['q+q=1', 'q q', '1'],
  ['a=%zz%4', 'a', '%zz%4'],
  ['&&a=1', 'a', '1'],
  ['=1', '', '1'],
  ['a=caf%C3%A9', 'a', 'caf\u00c3\u00a9'],
  ['A=1', 'a', undefined],
  ['', 'a', undefined],
  ['&', '', undefined],
])('in `%s` the parameter `%s` is `%s`', (query, name, value) => {
  expect(queryValue(query, name)).toBe(value)
})

const names = ['a', 'ab', '', 'b']

function read(query: string): (string | null)[] {
  return names.map((name) => {
    const bytes = queryValue(query, name)
    return bytes === undefined ? null : Buffer.from(bytes, 'latin1').toString('utf8')
  })
}

/** An ampersand in front, for URLSearchParams drops a leading question mark. */
function readByStandard(query: string): (string | null)[] {
  return names.map((name) => new URLSearchParams(`&${query}`).get(name))
}

test('random queries read as URLSearchParams reads them', () => {
  const random = new SeededRandom(7)
  const pieces = ['a', 'b', '=', '&', '+', '%61', '%3D', '%26', '%', '%2', '1', '?', '%2B', ';']
  const queries = Array.from({ length: 5_000 }, () => Array.from({ length: 1 + random.below(9) }, () => random.pick(pieces)).join(''))
  expect(queries.map(read)).toEqual(queries.map(readByStandard))
})
