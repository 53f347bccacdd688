import { expect, test } from 'vitest'
import { rememberingCheck, tokenCharacters } from '../../../../proxy/transport/http1/characters.ts'
import { encodeField, FieldWriter } from '../../../../proxy/transport/http1/field-encoder.ts'
import { parseFields } from '../../../../proxy/transport/http1/field-block.ts'
import { MalformedMessage } from '../../../../proxy/transport/http1/malformed-message.ts'
import { SeededRandom } from '../../../harness/seeded-random.ts'

function parsed(text: string): string[] {
  return parseFields(text, 0, 100).headers
}

function written(headers: readonly string[]): string {
  const fields = new FieldWriter()
  for (let i = 0; i < headers.length; i += 2) fields.add(headers[i] as string, headers[i + 1] as string)
  return fields.end()
}

test('fields are written as they were parsed, but for blanks around their values', () => {
  const headers = parsed('X-One: 1\r\nx-two:  2 \r\nThree:3\r\nfour:\t4\r\nfive: 5\r\n\r\n')
  expect(written(headers)).toBe('X-One: 1\r\nx-two: 2\r\nThree: 3\r\nfour: 4\r\nfive: 5\r\n')
})

test('a field that ends here leaves no trace between those that travel on', () => {
  const headers = parsed('a: 1\r\nKeep-Alive: 5\r\nb: 2\r\nTE: gzip, trailers\r\nc: 3\r\n\r\n')
  expect(written(headers)).toBe('a: 1\r\nb: 2\r\nTE: trailers\r\nc: 3\r\n')
})

const names = ['a', 'b', 'Content-Length', 'TE', 'Connection', 'Upgrade', 'x-long-name-of-a-field', 'A']
const values = ['1', '2', '', 'trailers', 'a value of several words', '\u00e9']
const blanks = ['', ' ', '  ', '\t']

function randomHead(random: SeededRandom): string {
  let text = ''
  for (let fields = random.below(12); fields > 0; fields--)
    text += `${random.pick(names)}:${random.pick(blanks)}${random.pick(values)}${random.pick(blanks)}\r\n`
  return `${text}\r\n`
}

/** Fields taken out, changed, put in and moved. */
function edited(headers: string[], random: SeededRandom): string[] {
  const list = headers.slice()
  for (let edits = random.below(4); edits > 0; edits--) {
    const at = 2 * random.below(list.length / 2 + 1)
    const field = [random.pick(names), random.pick(values)]
    list.splice(at, 2 * random.below(8), ...(random.chance(50) ? field : []))
  }
  return list
}

test('whatever becomes of a parsed list, each of its fields is written once, in order', () => {
  const random = new SeededRandom(1)
  for (let i = 0; i < 20_000; i++) {
    const headers = edited(parsed(randomHead(random)), random)
    const expected = Array.from({ length: headers.length / 2 }, (_, at) => `${headers[2 * at]}: ${headers[2 * at + 1]}\r\n`)
    expect(written(headers)).toBe(expected.join(''))
  }
})

test.each([
  ['X', 'a\r\nY: b'],
  ['X', 'a\nb'],
  ['X', 'a\0'],
  ['X', '\u010d\u010a'],
  ['X: 1\r\nY', 'b'],
  ['X ', 'b'],
  ['', 'b'],
])('what may not be written is refused, parsed lists that were changed included: %j: %j', (name, value) => {
  expect(() => encodeField(name, value)).toThrow(MalformedMessage)
  const headers = parsed('X: a\r\nY: b\r\n\r\n')
  const copy = [...headers.slice(0, 2), name, value]
  headers.splice(2, 2, name, value)
  for (const list of [headers, copy]) expect(() => written(list)).toThrow(MalformedMessage)
})

test('a list that is refused half way leaves nothing behind that would count as parsed', () => {
  expect(() => parsed('X: a\0\r\n\r\n')).toThrow(MalformedMessage)
  expect(() => written(['X', 'a\0'])).toThrow(MalformedMessage)
})

test('texts are compared with the last that was good', () => {
  const isToken = rememberingCheck(tokenCharacters)
  expect(['GET', 'GET', 'G T', 'G T', 'GET', ''].map(isToken)).toEqual([true, true, false, false, true, true])
})
