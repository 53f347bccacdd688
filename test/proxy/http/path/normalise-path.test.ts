import { describe, expect, test } from 'vitest'
import { normalisePath, queryProblem } from '../../../../proxy/http/path/normalise-path.ts'
import {
  type PathProblem,
  backslash,
  brokenUtf8,
  controlByte,
  fragment,
  hiddenDots,
  malformedPercent,
  notAbsolute,
  queryControl,
  queryFragment,
} from '../../../../proxy/http/path/path-problem.ts'

describe('clean paths come back as they are', () => {
  test.each([
    '/',
    '*',
    '/orders',
    '/orders/',
    '/a-b_c~d/e.f/g..h/i.',
    '/...',
    '/.../x',
    '/.well-known/acme',
    '/..hidden/x',
    '/a;v=1/b;c',
    '/a;..;/b',
    '/a!$&\'()*+,=:@|^`{}[]"<>',
    '/a%20b%3Fc%23d',
    '/100%25',
    '/caf%C3%A9',
    '/%E2%82%AC/%F0%9F%9A%B2',
    '/a%2Fb',
    '/a%2F..%2Fb',
  ])('%s', (path) => {
    expect(normalisePath(path)).toBe(path)
  })
})

describe('dot segments are resolved, at most up to the root (RFC 3986 sections 5.2.4 and 5.4)', () => {
  test.each([
    ['/a/b/c/./../../g', '/a/g'],
    ['/b/c/g/.', '/b/c/g/'],
    ['/b/c/.', '/b/c/'],
    ['/b/c/..', '/b/'],
    ['/b/c/../g', '/b/g'],
    ['/b/c/../..', '/'],
    ['/b/c/../../../g', '/g'],
    ['/../g', '/g'],
    ['/./g', '/g'],
    ['/..', '/'],
    ['/.', '/'],
    ['/b/c/./g/.', '/b/c/g/'],
    ['/b/c/g;x=1/./y', '/b/c/g;x=1/y'],
    ['/b/c/g;x=1/../y', '/b/c/y'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/.%2e/b', '/b'],
    ['/a/%2E/b', '/a/b'],
    ['/%2e%2e/%2e%2e/etc/passwd', '/etc/passwd'],
  ])('%s becomes %s', (path, normal) => {
    expect(normalisePath(path)).toBe(normal)
  })
})

describe('repeated slashes are merged, after dot segments were resolved', () => {
  test.each([
    ['//', '/'],
    ['//a', '/a'],
    ['/a//b///c', '/a/b/c'],
    ['/a//', '/a/'],
    ['/a//../b', '/a/b'],
    ['/a/b//..', '/a/b/'],
    ['//../..//a', '/a'],
    ['/a/./b//./c', '/a/b/c'],
  ])('%s becomes %s', (path, normal) => {
    expect(normalisePath(path)).toBe(normal)
  })
})

describe('percent-encodings get one spelling', () => {
  test.each([
    ['/%7euser/%41%2d%5F', '/~user/A-_'],
    ['/a%2fb', '/a%2Fb'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/caf\u00c3\u00a9', '/caf%C3%A9'],
    ['/caf\u00c3%a9', '/caf%C3%A9'],
    ['/a%3ab%3b', '/a%3Ab%3B'],
    ['/a/b%2f../c', '/a/b%2F../c'],
    ['/%25252fa', '/%25252fa'],
    ['/a%252fb', '/a%252fb'],
    ['/%252e%252ehidden', '/%252e%252ehidden'],
    ['/x%252e%252e', '/x%252e%252e'],
  ])('%s becomes %s', (path, normal) => {
    expect(normalisePath(path)).toBe(normal)
  })
})

describe('paths that two servers would read differently are refused', () => {
  const refused: [string, PathProblem][] = [
    ['/a\\b', backslash],
    ['/..\\..\\windows', backslash],
    ['/a%5cb', backslash],
    ['/a%5C..%5C', backslash],
    ['/a%00', controlByte],
    ['/a\u0000', controlByte],
    ['/a%0d%0aset-cookie:x', controlByte],
    ['/a\r\nx', controlByte],
    ['/a\tb', controlByte],
    ['/a%7f', controlByte],
    ['/a b', controlByte],
    ['/%252e%252e/admin', hiddenDots],
    ['/a/%252e', hiddenDots],
    ['/%252E%252e', hiddenDots],
    ['/.%252e/admin', hiddenDots],
    ['/%252e./admin', hiddenDots],
    ['/%2e%252e/admin', hiddenDots],
    ['/%25252e%25252e/admin', hiddenDots],
    ['/..;/manager/html', hiddenDots],
    ['/..;x=1/manager', hiddenDots],
    ['/a/.;', hiddenDots],
    ['/%2e%2e;/x', hiddenDots],
    ['/..%3b/x', hiddenDots],
    ['/..%3Bx/y', hiddenDots],
    ['/..%253bx/y', hiddenDots],
    ['/%252e%252e;/x', hiddenDots],
    ['/%c0%ae%c0%ae/etc', brokenUtf8],
    ['/%c0%af', brokenUtf8],
    ['/%e0%80%af', brokenUtf8],
    ['/%f0%80%80%af', brokenUtf8],
    ['/%ed%a0%80', brokenUtf8],
    ['/%f4%90%80%80', brokenUtf8],
    ['/%f5%80%80%80', brokenUtf8],
    ['/%80', brokenUtf8],
    ['/%c3', brokenUtf8],
    ['/%c3/x', brokenUtf8],
    ['/%e2%82x', brokenUtf8],
    ['/%ff', brokenUtf8],
    ['/\u00e9', brokenUtf8],
    ['/\u20ac', brokenUtf8],
    ['/a#b', fragment],
    ['/a%', malformedPercent],
    ['/a%4', malformedPercent],
    ['/a%zz', malformedPercent],
    ['/a%4g', malformedPercent],
    ['/%u002e%u002e/', malformedPercent],
    ['/a%%20', malformedPercent],
    ['', notAbsolute],
    ['orders', notAbsolute],
    ['../orders', notAbsolute],
    ['**', notAbsolute],
    ['http://other/', notAbsolute],
  ]
  test.each(refused)('%j', (path, problem) => {
    expect(normalisePath(path)).toBe(problem)
  })
})

test('a query is left alone unless it has control bytes, spaces or a fragment', () => {
  expect(queryProblem('')).toBeUndefined()
  expect(queryProblem('a=1&b=%00&c=/../x\\y&d=\u00c3\u00a9%zz?')).toBeUndefined()
  expect(queryProblem('a=1\u0000')).toBe(queryControl)
  expect(queryProblem('a=1 HTTP/1.1')).toBe(queryControl)
  expect(queryProblem('a=1\u007f')).toBe(queryControl)
  expect(queryProblem('a=1#b')).toBe(queryFragment)
})
