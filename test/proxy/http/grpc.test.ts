import { expect, test } from 'vitest'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { encodeGrpcMessage, formatGrpcTimeout, grpcReply, isGrpc, parseGrpcTimeout } from '../../../proxy/http/grpc.ts'

test.each([
  ['application/grpc', true],
  ['application/grpc+proto', true],
  ['application/grpc;charset=utf-8', true],
  ['application/grpc ; x=y', true],
  ['application/grpc-web', false],
  ['application/grpc-web+proto', false],
  ['application/json', false],
  ['application/grp', false],
])('a call with content-type `%s` is gRPC: %s', (type, expected) => {
  expect(isGrpc(['Content-Type', type])).toBe(expected)
})

test('a call without content-type is not gRPC', () => {
  expect(isGrpc(['te', 'trailers'])).toBe(false)
})

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3_000],
  ['250m', 250],
  ['1500u', 1.5],
  ['0n', 0],
  ['99999999n', 99.999999],
  ['00000001S', 1_000],
])('grpc-timeout `%s` is %d ms', (value, ms) => {
  expect(parseGrpcTimeout(value)).toBeCloseTo(ms, 9)
})

test.each(['', 'S', '5', '5s', '5 S', '-5S', '+5S', '1.5S', '123456789m', '5SS', '٣S'])('`%s` is no grpc-timeout', (value) => {
  expect(parseGrpcTimeout(value)).toBeUndefined()
})

test.each([0, 0.0004, 1, 250, 1_500.25, 99_999, 99_999_999, 3_600_000_000])('%d ms survive being written, never shortened', (ms) => {
  const written = formatGrpcTimeout(ms)
  expect(written).toMatch(/^\d{1,8}[HMSmun]$/)
  const read = parseGrpcTimeout(written) ?? Number.NaN
  expect(read).toBeGreaterThanOrEqual(ms * (1 - 1e-12))
  expect(read).toBeLessThanOrEqual(ms * 1.05 + 1e-6)
})

test('a time longer than eight digits of hours is cut to that', () => {
  expect(formatGrpcTimeout(1e15)).toBe('99999999H')
})

test('a time that has passed is written as none left', () => {
  expect(formatGrpcTimeout(-3)).toBe('0n')
})

test.each([
  ['plain text!', 'plain text!'],
  ['100 %', '100 %25'],
  ['tab\tand\nline', 'tab%09and%0Aline'],
  ['ü€😀', '%C3%BC%E2%82%AC%F0%9F%98%80'],
])('the message %j is sent as `%s`', (text, encoded) => {
  expect(encodeGrpcMessage(text)).toBe(encoded)
})

test('a local error is one header block with status, message and flags, and HTTP 200', () => {
  const { status, headers, body } = grpcReply(new ProxyError('overflow', { detail: '100% full' }))
  expect(status).toBe(200)
  expect(body.length).toBe(0)
  const expected = ['content-type', 'application/grpc', 'grpc-status', '14', 'grpc-message', '100%25 full', 'x-tandem-flags', 'UO']
  expect(headers).toEqual(expected)
})

test('an error without a flag has no flags header', () => {
  expect(grpcReply(new ProxyError('internal')).headers).not.toContain('x-tandem-flags')
})
