import { expect, test } from 'vitest'
import { rememberingCheck, tokenCharacters } from '../../../../proxy/transport/http1/characters.ts'
import { encodeField, encodeFieldAt } from '../../../../proxy/transport/http1/field-encoder.ts'
import { parseFields } from '../../../../proxy/transport/http1/field-block.ts'
import { MalformedMessage } from '../../../../proxy/transport/http1/malformed-message.ts'

function parsed(text: string): string[] {
  return parseFields(text, 0, 100).headers
}

test('a field is written as it was parsed', () => {
  const headers = parsed('X-One: 1\r\nx-two:  2 \r\n\r\n')
  expect([encodeFieldAt(headers, 0), encodeFieldAt(headers, 2)]).toEqual(['X-One: 1\r\n', 'x-two: 2\r\n'])
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
  for (const list of [headers, copy]) expect(() => encodeFieldAt(list, 2)).toThrow(MalformedMessage)
})

test('a list that is refused half way leaves nothing behind that would count as parsed', () => {
  expect(() => parsed('X: a\0\r\n\r\n')).toThrow(MalformedMessage)
  expect(() => encodeFieldAt(['X', 'a\0'], 0)).toThrow(MalformedMessage)
})

test('texts are compared with the last that was good', () => {
  const isToken = rememberingCheck(tokenCharacters)
  expect(['GET', 'GET', 'G T', 'G T', 'GET', ''].map(isToken)).toEqual([true, true, false, false, true, true])
})
