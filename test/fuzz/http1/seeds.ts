/**
 * Named beginnings for mutation: one for each thing that the HTTP/1.1 codec decides on.
 */
const host = 'Host: a.test\r\n'

export const requestSeeds: Readonly<Record<string, string>> = {
  plain: `GET / HTTP/1.1\r\n${host}\r\n`,
  fields: `GET /a/b?c=d HTTP/1.1\r\n${host}User-Agent: x/1.0\r\nAccept: */*\r\nX-Empty:\r\nX-Blank: \t a b \t\r\n\r\n`,
  length: `POST /a HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
  emptyBody: `POST /a HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`,
  chunked: `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n`,
  extensions: `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n`,
  trailers: `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n`,
  pipelined: `GET /1 HTTP/1.1\r\n${host}\r\nPOST /2 HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\nabGET /3 HTTP/1.1\r\n${host}\r\n`,
  closing: `GET / HTTP/1.1\r\n${host}Connection: close\r\n\r\nGET /never HTTP/1.1\r\n${host}\r\n`,
  nominated: `GET / HTTP/1.1\r\n${host}Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n\r\n`,
  http10: `GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n`,
  absolute: `GET http://b.test:81/x?y HTTP/1.1\r\n${host}\r\n`,
  options: `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  upgrade: `GET /ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  expect: `PUT /a HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx`,
  emptyLines: `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`,
  bothLengths: `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  bytesAbove127: `GET /\xc3\xa9 HTTP/1.1\r\n${host}X: \xe9\xff\r\n\r\n`,
}

export const responseSeeds: Readonly<Record<string, string>> = {
  length: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  untilClose: 'HTTP/1.1 200 OK\r\n\r\nhello',
  interim: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  noReason: 'HTTP/1.1 204\r\nConnection: close\r\n\r\n',
  http10: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
  notModified: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: "x"\r\n\r\n',
}

const characters = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '\x0b',
  '\x0c',
  '\x7f',
  '\xff',
  '0',
  '00',
  '+',
  '-',
  '"',
  '#',
  '?',
  '/',
  '//',
]
const lineEnds = ['\r\n ', '\r\n\t', '\r\n\r\n', '\n\n', '\r\r\n', ' \r\n', ': ', ' :']
const lengths = [
  'Content-Length: 5\r\n',
  'Content-Length: 05\r\n',
  'content-length:3\r\n',
  'Content-Length: 5, 5\r\n',
  'Content-Length : 5\r\n',
]
const codings = ['chunked', '\tchunked', 'chunked\t', 'identity', 'x,chunked', 'chunked, chunked'].map(
  (coding) => `Transfer-Encoding: ${coding}\r\n`,
)
const lines = [
  'Host: b\r\n',
  'Connection: close\r\n',
  'Connection: host, content-length\r\n',
  'X\r\n',
  ': x\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'GET ',
  '*',
]
const chunks = ['5\r\nhello\r\n', '0\r\n\r\n', '0\r\n', 'ffffffffffffffff', '1;x\r\n', '0x5', '5 \r\n']

/** What parsers are known to disagree about. */
export const morsels: readonly string[] = [characters, lineEnds, lengths, codings, lines, chunks].flat()
