/**
 * What origins answer, whichever program they are.
 */
export const small = '{"id":1,"name":"widget","price":9.99,"stock":42,"ok":1}'

/** Bodies to download, by path. */
export const bodies: ReadonlyMap<string, number> = new Map([
  ['/64k', 64 * 1_024],
  ['/1m', 1_024 * 1_024],
])

function ok(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`), body])
}

const smallAnswer = ok('application/json', Buffer.from(small))
const large = new Map([...bodies].map(([path, size]) => [path, ok('application/octet-stream', Buffer.alloc(size, 'x'))]))

/** The whole answer to a path; what is not a download gets the small one. */
export function answerTo(path: string): Buffer {
  return large.get(path) ?? smallAnswer
}
