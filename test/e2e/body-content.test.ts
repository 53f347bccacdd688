/**
 * Every byte of large bodies, wherever they go: memory that was read into is used again (proxy/runtime/read-buffers.ts).
 */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { startTandem } from '../harness/tandem.ts'

/** ASCII, no two places alike. */
function noise(bytes: number, seed: number): Buffer {
  const random = new SeededRandom(seed)
  const digits: string[] = []
  while (digits.length * 8 < bytes)
    digits.push(
      random
        .below(2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
  return Buffer.from(digits.join('').slice(0, bytes))
}

function digest(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}

const mirrors = 'mirror: [{ upstream: a, bodyLimit: 8MiB }, { upstream: b, bodyLimit: 8MiB'

test.each([
  ['a call that is forwarded', 'forward: u', 0],
  ['a call with two mirrors', `forward: u, ${mirrors} }]`, 4],
  ['a call with a mirror that waits for the answer', `forward: u, ${mirrors}, when: accepted }]`, 4],
  [
    'a fan-out',
    'fanout: { to: [{ upstream: u }, { upstream: a }, { upstream: b }], respond: { from: u }, bodyLimit: 8MiB, responseLimit: 8MiB }',
    4,
  ],
])('%s brings every byte there and back, four at once', async (_name, action, copies) => {
  const echo = await startOrigin((response, { body }) => void response.end(body))
  const [a, b] = [await startOrigin(), await startOrigin()]
  const { port } = await startTandem(`upstreams:
  u: { endpoints: ["${echo.address}"] }
  a: { endpoints: ["${a.address}"] }
  b: { endpoints: ["${b.address}"] }
routes: [{ name: r, ${action} }]`)
  const bodies = [70_000, 300_000, 1_234_567, 4_000_000].map(noise)
  const sent = bodies.map(digest)
  const answers = await Promise.all(bodies.map((body) => httpCall(port, { method: 'POST', body })))
  expect(answers.map(({ body }) => digest(body))).toEqual(sent)
  for (const copy of [a, b]) {
    await copy.receivedCount(copies)
    expect(copy.received.map(({ body }) => digest(body)).toSorted()).toEqual(copies === 0 ? [] : sent.toSorted())
  }
})
