/**
 * Calls of the console as bytes, to be damaged, and bodies that are JSON but not what is asked for.
 */
const host = 'Host: 127.0.0.1\r\nConnection: close\r\n'

function post(path: string, body: string, more = 'Content-Type: application/json\r\n'): string {
  return `POST ${path} HTTP/1.1\r\n${host}${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

const files = '{"files":[{"name":"a.yaml","text":"routes: [{ name: r, respond: {} }]"}]}'

export const consoleCalls: Readonly<Record<string, string>> = {
  status: `GET /api/status HTTP/1.1\r\n${host}\r\n`,
  fleet: `GET /api/fleet?state=nacked&%00=%zz HTTP/1.1\r\n${host}\r\n`,
  routes: `HEAD /api/routes HTTP/1.1\r\n${host}\r\n`,
  certificates: `GET /api/certificates HTTP/1.1\r\n${host}Authorization: Bearer x\r\n\r\n`,
  tokens: `GET /api/tokens HTTP/1.1\r\n${host}Authorization: Basic eDp5\r\n\r\n`,
  'a token revoked': `DELETE /api/tokens/3f9c01ab%2F..%2f HTTP/1.1\r\n${host}\r\n`,
  'a token made': post('/api/tokens', '{"namespace":"shop","account":"checkout","ttl":"1s"}'),
  validate: post('/api/validate', files),
  diff: post('/api/diff', files.replace('{"files"', '{"complete":true,"files"')),
  rotate: `POST /api/authority/rotate HTTP/1.1\r\n${host}Origin: http://evil.test\r\n\r\n`,
  'a form': post('/api/validate', 'files=a', 'Content-Type: application/x-www-form-urlencoded\r\n'),
  'a body of another type': post('/api/diff', '<files/>', 'Content-Type: text/xml; charset=utf-16\r\n'),
  compressed: post('/api/validate', '\x1f\x8b', 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'),
  chunked: `POST /api/validate HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4b\r\n${files}\r\n0\r\n\r\n`,
  absolute: `GET http://127.0.0.1/api/fleet HTTP/1.1\r\n${host}\r\n`,
  'a path that climbs': `GET /api/../../etc/passwd HTTP/1.1\r\n${host}\r\n`,
  'names of JavaScript': `GET /__proto__/constructor HTTP/1.1\r\n${host}\r\n`,
  'no path': `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  'a tunnel': `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${host}\r\n`,
  'an upgrade': `GET /api/fleet HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: upgrade\r\n\r\n`,
  expecting: post('/api/validate', files, 'Content-Type: application/json\r\nExpect: 100-continue\r\n'),
  'another host': 'GET /api/fleet HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n',
  'a long header': `GET /api/fleet HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`,
}

/** Each is JSON, and none is what any of the calls asks for. */
export const foreignBodies: Readonly<Record<string, string>> = {
  null: 'null',
  'a number': '1e999',
  'a text': '"files"',
  'a list': '[]',
  'nothing in it': '{}',
  'no files': '{"files":[]}',
  'files as an object': '{"files":{"0":{"name":"a","text":""}}}',
  'a file as a text': '{"files":["a.yaml"]}',
  'a file without a name': '{"files":[{"name":"","text":""}]}',
  'a text that is none': '{"files":[{"name":"a","text":7}]}',
  'a key too many': '{"files":[{"name":"a","text":""}],"file":[]}',
  'names of JavaScript': '{"__proto__":{"files":[]},"constructor":1}',
  deep: `{"files":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'deep and not closed': '['.repeat(1_000_000),
  'many keys': JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n]))),
  'many wrong files': JSON.stringify({ files: Array.from({ length: 9_000 }, () => ({})) }),
  'too many files': JSON.stringify({ files: Array.from({ length: 20_000 }, () => ({ name: 'a', text: '' })) }),
  'a long number': `{"files":${'9'.repeat(1_000_000)}}`,
  'half a surrogate pair': '{"files":[{"name":"\\ud800","text":"\\udfff"}],"\\ud800":1}',
}
