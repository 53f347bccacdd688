/**
 * The rules that the W3C checks an implementation by (w3c/trace-context, its test suite), and those of level 2 beside them.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import type { SidecarTelemetry } from '../../../proxy/telemetry/create-telemetry.ts'
import { observing, sentOn, valuesOf } from './observing.ts'

const traceId = '12345678901234567890123456789012'
const parentId = '1234567890123456'
const valid = `00-${traceId}-${parentId}-00`

let telemetry: SidecarTelemetry

beforeEach(async () => {
  const observed = await observing({ tracing: { sample: 0, propagate: ['tracecontext', 'baggage'] } })
  telemetry = observed.telemetry
})

/** The one traceparent that goes on, in its parts. */
function traceparentFor(...headers: string[]): { traceId: string; parentId: string; flags: string } {
  const [value = '', ...more] = valuesOf(sentOn(telemetry, headers), 'traceparent')
  expect(more).toEqual([])
  expect(value).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/)
  const [, trace = '', parent = '', flags = ''] = value.split('-')
  return { traceId: trace, parentId: parent, flags }
}

function tracestateFor(...headers: string[]): string[] {
  const list = sentOn(telemetry, ['traceparent', valid, ...headers])
  expect(valuesOf(list, 'traceparent')[0]).toContain(traceId)
  return valuesOf(list, 'tracestate')
}

describe('traceparent', () => {
  test('a call without one begins a trace', () => {
    expect(traceparentFor().traceId).not.toBe(traceparentFor().traceId)
  })

  test('a call with one stays in its trace, below the span that it named, with its decision', () => {
    expect(traceparentFor('traceparent', valid)).toEqual({ traceId, parentId, flags: '00' })
  })

  test.each(['traceparent', 'TraceParent', 'TRACEPARENT', 'TrAcEpArEnT'])('the name may be written %s', (name) => {
    expect(traceparentFor(name, valid).traceId).toBe(traceId)
  })

  test.each(['trace-parent', 'trace.parent'])('%s is another field', (name) => {
    expect(traceparentFor(name, valid).traceId).not.toBe(traceId)
  })

  test('two of them begin a new trace, even when they agree', () => {
    const other = valid.replace('9012-', '9011-')
    expect([traceId, traceId.replace(/2$/, '1')]).not.toContain(traceparentFor('traceparent', valid, 'traceparent', other).traceId)
    expect(traceparentFor('traceparent', valid, 'Traceparent', valid).traceId).not.toBe(traceId)
  })

  test.each([
    ['a dot after version 00', `${valid}.`],
    ['more parts after version 00', `${valid}-what-the-future-will-be-like`],
    ['version ff', valid.replace('00-', 'ff-')],
    ['a later version with a part that is too long', `cc${valid.slice(2)}.what-the-future-will-be-like`],
    ['no hex in the version', valid.replace('00-', '.0-')],
    ['no hex at the end of the version', valid.replace('00-', '0.-')],
    ['a version of three digits', `0${valid}`],
    ['a version of four digits', `00${valid}`],
    ['a version of one digit', valid.slice(1)],
    ['a trace id of zeros', valid.replace(traceId, '0'.repeat(32))],
    ['no hex at the start of the trace id', valid.replace(traceId, `.${traceId.slice(1)}`)],
    ['no hex at the end of the trace id', valid.replace(traceId, `${traceId.slice(1)}.`)],
    ['upper case in the trace id', valid.replace(traceId, `A${traceId.slice(1)}`)],
    ['a trace id that is too long', valid.replace(traceId, `${traceId}3`)],
    ['a trace id that is too short', valid.replace(traceId, traceId.slice(1))],
    ['a parent id of zeros', valid.replace(`-${parentId}-`, `-${'0'.repeat(16)}-`)],
    ['no hex at the start of the parent id', valid.replace(`-${parentId}-`, `-.${parentId.slice(1)}-`)],
    ['no hex at the end of the parent id', valid.replace(`-${parentId}-`, `-${parentId.slice(1)}.-`)],
    ['a parent id that is too long', valid.replace(`-${parentId}-`, `-${parentId}7-`)],
    ['a parent id that is too short', valid.replace(`-${parentId}-`, `-${parentId.slice(1)}-`)],
    ['no hex at the start of the flags', valid.replace(/00$/, '.0')],
    ['no hex at the end of the flags', valid.replace(/00$/, '0.')],
    ['flags that are too long', `${valid}1`],
    ['flags that are too short', valid.slice(0, -1)],
    ['nothing', ''],
  ])('%s begins a new trace', (_, value) => {
    expect(traceparentFor('traceparent', value).traceId).not.toBe(traceId)
  })

  test.each([`cc${valid.slice(2)}`, `cc${valid.slice(2)}-what-the-future-will-be-like`])(
    'a later version is read by its first four parts and goes on as version 00: %s',
    (value) => {
      expect(traceparentFor('traceparent', value)).toEqual({ traceId, parentId, flags: '00' })
    },
  )

  test.each([` ${valid}`, `\t${valid}`, `${valid} `, `${valid}\t`, `\t ${valid} \t`])('white space around it is ignored: %j', (value) => {
    expect(traceparentFor('traceparent', value).traceId).toBe(traceId)
  })

  test('the flag of a random trace id goes on, flags of later levels do not', () => {
    expect(traceparentFor('traceparent', valid.replace(/00$/, '02')).flags).toBe('02')
    expect(traceparentFor('traceparent', valid.replace(/00$/, 'fc')).flags).toBe('00')
  })
})

describe('tracestate', () => {
  const members = Array.from({ length: 33 }, (_, i) => `bar${i}=${i}`)
  const keyCharacters = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/'
  const printable = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).join('')
  const value = printable.replaceAll(/[,=]/g, '')

  test('is dropped where there is no traceparent', () => {
    expect(valuesOf(sentOn(telemetry, ['tracestate', 'foo=1']), 'tracestate')).toEqual([])
  })

  test('is dropped where the traceparent is not valid', () => {
    expect(valuesOf(sentOn(telemetry, ['traceparent', `${valid}.`, 'tracestate', 'foo=1']), 'tracestate')).toEqual([])
  })

  test('goes on with its trace', () => {
    expect(tracestateFor('tracestate', 'foo=1,bar=2')).toEqual(['foo=1,bar=2'])
  })

  test.each(['TraceState', 'TRACESTATE', 'TrAcEsTaTe'])('the name may be written %s', (name) => {
    expect(tracestateFor(name, 'foo=1')).toEqual(['foo=1'])
  })

  test.each(['trace-state', 'trace.state'])('%s is another field', (name) => {
    expect(tracestateFor(name, 'foo=1')).toEqual([])
  })

  test('several fields become one list in their order; empty ones are nothing', () => {
    expect(tracestateFor('tracestate', 'foo=1,bar=2', 'tracestate', 'rojo=1', 'tracestate', 'baz=3')).toEqual(['foo=1,bar=2,rojo=1,baz=3'])
    expect(tracestateFor('tracestate', 'foo=1', 'tracestate', '')).toEqual(['foo=1'])
    expect(tracestateFor('tracestate', '', 'tracestate', 'foo=1')).toEqual(['foo=1'])
    expect(tracestateFor('tracestate', '')).toEqual([])
  })

  test('every character that is allowed goes on', () => {
    expect(tracestateFor('tracestate', `${keyCharacters}=${value}`)).toEqual([`${keyCharacters}=${value}`])
    expect(tracestateFor('tracestate', `${keyCharacters}@a-z0-9_-*/=${value}`)).toEqual([`${keyCharacters}@a-z0-9_-*/=${value}`])
  })

  test.each(['foo=1 \t , \t bar=2, \t baz=3', 'foo=1\t \t,\t \tbar=2,\t \tbaz=3', ' foo=1,bar=2,,baz=3\t'])(
    'white space between members is ignored: %j',
    (list) => {
      expect(tracestateFor('tracestate', list)).toEqual(['foo=1,bar=2,baz=3'])
    },
  )

  test('32 members, over however many fields, and keys of the full length go on', () => {
    const list = members.slice(0, 32)
    expect(tracestateFor('tracestate', list.slice(0, 9).join(','), 'tracestate', list.slice(9).join(','))).toEqual([list.join(',')])
    expect(tracestateFor('tracestate', `${'z'.repeat(256)}=1`)).toHaveLength(1)
    expect(tracestateFor('tracestate', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`)).toHaveLength(1)
  })

  test.each([
    ['a key twice', 'foo=1,foo=1'],
    ['a key twice with different values', 'foo=1,foo=2'],
    ['a space in a key', 'foo =1'],
    ['upper case in a key', 'FOO=1'],
    ['a dot in a key', 'foo.bar=1'],
    ['no system after the @', 'foo@=1,bar=2'],
    ['no tenant before the @', '@foo=1,bar=2'],
    ['an @ after the other', 'foo@@bar=1,bar=2'],
    ['two @', 'foo@bar@baz=1,bar=2'],
    ['33 members', members.join(',')],
    ['a key of 257 characters', `${'z'.repeat(257)}=1`],
    ['a tenant of 242 characters', `${'t'.repeat(242)}@v=1`],
    ['a system of 15 characters', `t@${'v'.repeat(15)}=1`],
    ['a value of 257 characters', `foo=${'v'.repeat(257)}`],
    ['an equals sign in a value', 'foo=bar=baz'],
    ['an empty value', 'foo=,bar=3'],
    ['no value', 'foo'],
    ['characters that are not ASCII', 'foo=é'],
  ])('%s makes the whole list invalid, and the trace goes on', (_, list) => {
    expect(tracestateFor('tracestate', 'good=1', 'tracestate', list)).toEqual([])
  })
})
