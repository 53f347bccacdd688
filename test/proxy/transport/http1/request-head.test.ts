import { describe, expect, test } from 'vitest'
import { MalformedMessage } from '../../../../proxy/transport/http1/malformed-message.ts'
import { parseRequestHead } from '../../../../proxy/transport/http1/request-head.ts'

const rules = { maxFields: 100, lenientPaths: false }

/** A head with a Host, and these lines after it. */
function withFields(...lines: string[]): string {
  return ['GET / HTTP/1.1', 'Host: a.test', ...lines, '', ''].join('\r\n')
}

function parse(head: string) {
  return parseRequestHead(head, rules)
}

function refusal(head: string): MalformedMessage {
  try {
    parse(head)
  } catch (error) {
    if (error instanceof MalformedMessage) return error
    throw error
  }
  throw new Error(`accepted: ${JSON.stringify(head)}`)
}

test('a head is taken apart, names and values as they came', () => {
  const head = parse('POST /a?b=c HTTP/1.1\r\nhOsT: a.test:80\r\nX-One:  1 \t\r\nx-one:2\r\nContent-Length: 3\r\nEmpty:\r\n\r\n')
  expect(head).toEqual({
    method: 'POST',
    protocol: 'HTTP/1.1',
    authority: 'a.test:80',
    path: '/a?b=c',
    headers: ['hOsT', 'a.test:80', 'X-One', '1', 'x-one', '2', 'Content-Length', '3', 'Empty', ''],
    framing: 3,
    keepAlive: true,
    upgrade: undefined,
    expectsContinue: false,
  })
})

describe('request line', () => {
  test.each([
    [
      'an absolute target names the authority, whatever Host says',
      'GET http://b.test:81/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n',
      'b.test:81',
      '/x?y',
    ],
    ['an absolute target without a path is /', 'GET HTTP://b.test HTTP/1.1\r\nHost: a.test\r\n\r\n', 'b.test', '/'],
    ['an absolute target with a query only gets /', 'GET http://b.test?x HTTP/1.1\r\nHost: a.test\r\n\r\n', 'b.test', '/?x'],
    ['OPTIONS * stays', 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n', 'a.test', '*'],
    ['OPTIONS of a whole server by its URL is *', 'OPTIONS http://b.test HTTP/1.1\r\nHost: a.test\r\n\r\n', 'b.test', '*'],
    ['two slashes are a path, not an authority', 'GET //b.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n', 'a.test', '//b.test/x'],
    ['bytes above 127 are left to whoever reads paths', 'GET /\xc3\xa9 HTTP/1.1\r\nHost: a.test\r\n\r\n', 'a.test', '/\xc3\xa9'],
    ['HTTP/1.0 may leave out Host', 'GET / HTTP/1.0\r\n\r\n', '', '/'],
  ])('%s', (_title, text, authority, path) => {
    expect(parse(text)).toMatchObject({ authority, path })
  })

  test.each([
    'GET / HTTP/2.0',
    'GET / HTTP/0.9',
    'GET / HTTP/1.2',
    'GET / HTTP/1.1 ',
    'GET / http/1.1',
    'GET /',
    'GET  / HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /a\x00b HTTP/1.1',
    'GET /a\x7fb HTTP/1.1',
    'GET /a\tb HTTP/1.1',
    'GET /a#b HTTP/1.1',
    'GET\t/ HTTP/1.1',
    ' GET / HTTP/1.1',
    'G(T / HTTP/1.1',
    'GET * HTTP/1.1',
    'GET a.test HTTP/1.1',
    'GET ftp://a.test/ HTTP/1.1',
    'GET http:/// HTTP/1.1',
    'GET http://user@a.test/ HTTP/1.1',
    'CONNECT / HTTP/1.1',
    'CONNECT a.test HTTP/1.1',
    'CONNECT [::1] HTTP/1.1',
    'CONNECT a.test: HTTP/1.1',
    'CONNECT :443 HTTP/1.1',
    'CONNECT http://a.test/ HTTP/1.1',
    'GET / HTTP/1.1\rX',
  ])('%j is refused', (line) => {
    expect(refusal(`${line}\r\nHost: a.test\r\n\r\n`).tooLarge).toBe(false)
  })

  test('CONNECT names an authority, and is the last on its connection', () => {
    const { authority, path, keepAlive } = parse('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n')
    expect([authority, path, keepAlive]).toEqual(['a.test:443', '', false])
  })

  test('CONNECT with a body is refused, one that says that there is none is not', () => {
    const connect = 'CONNECT [::1]:443 HTTP/1.1\r\nHost: a.test\r\n'
    expect(refusal(`${connect}Content-Length: 3\r\n\r\n`).message).toBe('a CONNECT with a body')
    expect(refusal(`${connect}Transfer-Encoding: chunked\r\n\r\n`).message).toBe('a CONNECT with a body')
    expect(parse(`${connect}Content-Length: 0\r\n\r\n`).authority).toBe('[::1]:443')
  })

  test('a raw # passes where paths are lenient', () => {
    expect(parseRequestHead('GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', { ...rules, lenientPaths: true }).path).toBe('/a#b')
  })
})

describe('Host', () => {
  test.each(['a', 'a.test', 'a_b.test', '10.0.0.1:8080', '[::1]', '[2001:db8::1]:443', 'a:0', 'A.TEST:65535'])('%s is valid', (host) => {
    expect(parse(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).authority).toBe(host)
  })

  test.each(['', 'a:', 'a:65536', 'a:8x', 'a,b', 'a b', 'a/b', 'a@b', '[::1', '[]', '::1', 'a?b', 'a#b', 'a\\b', 'a\xe9'])(
    '%j is refused',
    (host) => {
      expect(refusal(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).message).toMatch(/Host|field/)
    },
  )

  test('none or two are refused, even equal ones', () => {
    for (const head of ['GET / HTTP/1.1\r\nX: y\r\n\r\n', withFields('Host: a.test'), 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n']) {
      expect(refusal(head).message).toBe('not exactly one valid Host')
    }
  })
})

describe('fields', () => {
  test.each([
    'no colon',
    ': no name',
    'Name : value',
    'Na me: value',
    'N\xe4me: value',
    'Name: a\x00b',
    'Name: a\x01b',
    'Name: a\x7fb',
    'Name: a\rb',
    'Name: a\nb',
    'Name: a\n',
    ' folded: value',
    '\tfolded',
    'Name: a\r\n b',
  ])('%j is refused', (line) => {
    expect(refusal(withFields(line)).tooLarge).toBe(false)
  })

  test('HTAB and bytes above 127 may stand in a value', () => {
    expect(parse(withFields('X: a\tb\xff')).headers).toEqual(['Host', 'a.test', 'X', 'a\tb\xff'])
  })

  test('100 fields pass, 101 are too many', () => {
    const lines = Array.from({ length: 99 }, (_, i) => `x-${i}: y`)
    expect(parse(withFields(...lines)).headers).toHaveLength(200)
    expect(refusal(withFields(...lines, 'one: more')).tooLarge).toBe(true)
  })
})

describe('framing', () => {
  test.each([
    [[], 'none'],
    [['Content-Length: 0'], 0],
    [['Content-Length: 9007199254740991'], Number.MAX_SAFE_INTEGER],
    [['Transfer-Encoding: chunked'], 'chunked'],
    [['transfer-encoding:  Chunked '], 'chunked'],
  ])('%j', (lines, framing) => {
    expect(parse(withFields(...lines)).framing).toBe(framing)
  })

  test.each([
    ['Content-Length: 1', 'Content-Length: 1'],
    ['Content-Length: 1', 'content-length: 2'],
    ['Content-Length: 1, 1'],
    ['Content-Length: 010'],
    ['Content-Length: 00'],
    ['Content-Length: +1'],
    ['Content-Length: -1'],
    ['Content-Length: 0x1'],
    ['Content-Length: 1e3'],
    ['Content-Length: 1 1'],
    ['Content-Length:'],
    ['Content-Length: 9007199254740992'],
    ['Content-Length: 99999999999999999999'],
    ['Transfer-Encoding: chunked', 'Content-Length: 1'],
    ['Content-Length: 1', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: ,chunked'],
    ['Transfer-Encoding: chunked, chunked'],
    ['Transfer-Encoding: chunked;x=y'],
    ['Transfer-Encoding: "chunked"'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding:'],
    ['Transfer-Encoding: \x0bchunked'],
    ['Transfer-Encoding: chunked\t'],
    ['transfer-encoding: chunked \t '],
  ])('%j, %j is refused', (...lines) => {
    expect(refusal(withFields(...lines)).tooLarge).toBe(false)
  })

  test('Transfer-Encoding in HTTP/1.0 is refused', () => {
    expect(refusal('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n').message).toBe('Transfer-Encoding in HTTP/1.0')
  })
})

describe('Connection', () => {
  test('what concerns this connection only does not travel on', () => {
    const lines = [
      'Connection: keep-alive, X-Hop , x-gone',
      'X-Hop: 1',
      'X-GONE: 2',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: close',
      'X-Stays: 3',
    ]
    expect(parse(withFields(...lines, 'TE: gzip')).headers).toEqual(['Host', 'a.test', 'X-Stays', '3'])
  })

  test('nominating what routes, frames or authenticates changes nothing', () => {
    const nominated = 'Connection: host, content-length, content-type, authorization, x-forwarded-for, transfer-encoding, te'
    const lines = [nominated, 'Content-Length: 1', 'Content-Type: t', 'Authorization: a', 'X-Forwarded-For: f', 'TE: trailers']
    const head = parse(withFields(...lines))
    expect(head.headers).toEqual(['Host', 'a.test', ...lines.slice(1).flatMap((line) => line.split(': '))])
    expect(head.framing).toBe(1)
  })

  test('of TE only trailers travels on', () => {
    expect(parse(withFields('te: gzip, Trailers;q=1, trailers')).headers).toEqual(['Host', 'a.test', 'te', 'trailers'])
  })

  test.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['Connection: close'], false],
    ['HTTP/1.1', ['Connection: x, Close'], false],
    ['HTTP/1.1', ['Connection: keep-alive', 'Connection: close'], false],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['Connection: Keep-Alive'], true],
    ['HTTP/1.0', ['Connection: keep-alive, close'], false],
  ])('%s with %j lives on: %j', (version, lines, lives) => {
    expect(parse([`GET / ${version}`, 'Host: a', ...lines, '', ''].join('\r\n')).keepAlive).toBe(lives)
  })

  test.each([
    [['Connection: Upgrade', 'Upgrade: websocket'], 'websocket'],
    [['Connection: keep-alive, upgrade', 'Upgrade: WebSocket'], 'WebSocket'],
    [['Upgrade: websocket'], undefined],
    [['Connection: upgrade'], undefined],
    [['Connection: upgrade, http2-settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'], undefined],
    [['Connection: upgrade', 'Upgrade: h2c, websocket'], 'websocket'],
  ])('%j asks for %s', (lines, upgrade) => {
    const head = parse(withFields(...lines))
    expect(head.upgrade).toBe(upgrade)
    expect(head.headers).toEqual(['Host', 'a.test'])
  })
})

test('Expect: 100-continue is noticed and travels on', () => {
  expect(parse(withFields('Expect: 100-Continue'))).toMatchObject({
    expectsContinue: true,
    headers: ['Host', 'a.test', 'Expect', '100-Continue'],
  })
  expect(parse('GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n').expectsContinue).toBe(false)
})
