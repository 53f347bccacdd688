import { expect, test } from 'vitest'
import { childrenOf, MalformedDer, readBoolean, readDer, readObjectIdentifier, readSmallInteger } from '../../../proxy/svid/der.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

test('reads nested values with short and long lengths', () => {
  const long = Buffer.concat([hex('04 82 01 00'), Buffer.alloc(256, 7)])
  const sequence = readDer(Buffer.concat([hex('30 82 01 07 02 01 05'), long]))
  const [number, octets] = childrenOf(sequence)
  expect(number === undefined ? null : readSmallInteger(number)).toBe(5)
  expect(octets?.content).toHaveLength(256)
})

const broken: [string, string][] = [
  ['nothing', ''],
  ['a tag without a length', '30'],
  ['an indefinite length', '30 80 00 00'],
  ['a length beyond the input', '04 05 00'],
  ['a long length that would fit a short one', '04 81 05 00 00 00 00 00'],
  ['a length with a leading zero', '04 82 00 80'],
  ['a length of five octets', '04 85 00 00 00 00 01 00'],
  ['bytes after the end', '05 00 00'],
  ['a tag of several octets', '1f 01 00'],
]
test.each(broken)('refuses %s', (_, text) => {
  expect(() => readDer(hex(text))).toThrow(MalformedDer)
})

test.each([
  ['2.5.29.17', '06 03 55 1d 11'],
  ['1.3.6.1.5.5.7.3.1', '06 08 2b 06 01 05 05 07 03 01'],
  ['2.999.3', '06 03 88 37 03'],
  ['0.9', '06 01 09'],
])('reads the object identifier %s', (text, bytes) => {
  expect(readObjectIdentifier(readDer(hex(bytes)))).toBe(text)
})

test.each(['06 00', '06 02 2b 86', '06 09 ff ff ff ff ff ff ff ff 7f'])('refuses the object identifier %s', (bytes) => {
  expect(() => readObjectIdentifier(readDer(hex(bytes)))).toThrow(MalformedDer)
})

test('takes only 00 and FF for booleans, and only small numbers', () => {
  expect(readBoolean(readDer(hex('01 01 ff')))).toBe(true)
  expect(readBoolean(readDer(hex('01 01 00')))).toBe(false)
  expect(() => readBoolean(readDer(hex('01 01 01')))).toThrow(MalformedDer)
  expect(() => readSmallInteger(readDer(hex('02 01 ff')))).toThrow(MalformedDer)
  expect(() => readSmallInteger(readDer(hex('02 05 01 00 00 00 00')))).toThrow(MalformedDer)
})

function outcomeOf(bytes: Buffer): unknown {
  try {
    childrenOf(readDer(bytes))
    return 'read'
  } catch (error) {
    return error instanceof MalformedDer ? 'refused' : error
  }
}

test('10,000 random inputs are read or refused, and nothing else happens', () => {
  const random = new SeededRandom(1)
  for (let round = 0; round < 10_000; round++) {
    const bytes = Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)))
    expect(outcomeOf(bytes)).toBeOneOf(['read', 'refused'])
  }
})
