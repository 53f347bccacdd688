import { expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { startOrigin } from '../harness/origin.ts'
import { startTandem } from '../harness/tandem.ts'

async function splitting(sticky = '') {
  const [a, b] = [await startOrigin((response) => response.end('a')), await startOrigin((response) => response.end('b'))]
  const routing = (
    weights: readonly [number, number],
  ) => `upstreams: { a: { endpoints: ["${a.address}"] }, b: { endpoints: ["${b.address}"] } }
routes: [{ name: r, split: [{ upstream: a, weight: ${weights[0]} }, { upstream: b, weight: ${weights[1]} }]${sticky} }]`
  return { a, b, routing }
}

test('weights are exact over any hundred calls', async () => {
  const { routing } = await splitting()
  const { port } = await startTandem(routing([90, 10]))
  const answers: string[] = []
  for (let i = 0; i < 250; i++) answers.push((await httpCall(port)).body)
  for (let start = 0; start <= 150; start++) expect(answers.slice(start, start + 100).filter((body) => body === 'b')).toHaveLength(10)
})

test.each([
  ['a header', ', sticky: { header: x-user }', (user: string) => ({ 'x-user': user })],
  ['a cookie', ', sticky: { cookie: session }', (user: string) => ({ cookie: `a=b; session=${user}` })],
])('a caller with %s stays on one destination, and few move when the weights change', async (_title, sticky, headersOf) => {
  const { routing } = await splitting(sticky)
  const tandem = await startTandem(routing([50, 50]))
  const users = Array.from({ length: 100 }, (_, i) => `user-${i}`)
  const ask = async () => {
    const answers: string[] = []
    for (const user of users) answers.push((await httpCall(tandem.port, { headers: headersOf(user) })).body)
    return answers
  }
  const first = await ask()
  expect(await ask()).toEqual(first)
  expect(first.filter((body) => body === 'a').length).toBeGreaterThan(30)
  await tandem.apply(routing([60, 40]))
  const later = await ask()
  expect(later.filter((body, i) => first[i] === 'a' && body === 'b')).toEqual([])
  expect(later.filter((body, i) => body !== first[i]).length).toBeLessThan(25)
})

test('callers without the sticky field are counted into the weights', async () => {
  const { a, routing } = await splitting(', sticky: { header: x-user }')
  const { port } = await startTandem(routing([3, 1]))
  for (let i = 0; i < 8; i++) await httpCall(port)
  expect(a.received).toHaveLength(6)
})
