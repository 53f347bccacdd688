import { constants } from 'node:http2'
import { expect, test } from 'vitest'
import { endStreamFlag, errorCode, errorCodeName } from '../../../../proxy/transport/http2/error-code.ts'

/** Those of frames; the others that Node has are nghttp2's own. */
const names = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const

test.each(names)('%s has the code that Node knows', (name) => {
  const code = constants[`NGHTTP2_${name}`]
  expect(Object.values(errorCode)).toContain(code)
  expect(errorCodeName(code)).toBe(name)
})

test('a code that RFC 9113 does not know stays a number', () => {
  expect(errorCodeName(0xff)).toBe('255')
})

test('END_STREAM is the flag that Node knows', () => {
  expect(endStreamFlag).toBe(constants.NGHTTP2_FLAG_END_STREAM)
})
