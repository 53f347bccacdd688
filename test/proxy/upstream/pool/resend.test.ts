import { expect, test } from 'vitest'
import { BufferBody, type BodySink, type BodySource } from '../../../../proxy/http/body.ts'
import { FakeUpstream } from '../fake-upstream.ts'

test('a kept-alive connection that did not serve the call is replaced by a fresh one, past others that are idle', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 2, pending: 0 } })
  for (let i = 0; i < 2; i++) {
    fake.call()
    fake.transport.open()
  }
  while (fake.transport.calls.length > 0) fake.transport.calls[0]?.answer()
  const call = fake.call()
  fake.transport.calls[0]?.unserved('unknown')
  expect(call.last).toBe('start')
  fake.transport.open().calls[0]?.answer()
  expect(call.events).toEqual(['start', '200', 'end'])
})

test('with the only place taken, the call that was not served gets the place of the connection that failed it', () => {
  const fake = new FakeUpstream({ bulkhead: { connections: 1, pending: 0 } })
  fake.call()
  fake.transport.open().calls[0]?.answer()
  const call = fake.call()
  fake.transport.calls[0]?.unserved('unknown')
  fake.transport.open().calls[0]?.answer()
  expect(call.last).toBe('end')
})

const unused: BodySink = { onBodyData: () => undefined, onBodyEnd: () => undefined, onBodyError: () => undefined }

function textOf(body: BodySource | null | undefined): string {
  let text = ''
  body?.start({ ...unused, onBodyData: (chunk) => void (text += chunk.toString()) })
  return text
}

test.each([
  ['GET', 'unknown', false],
  ['PUT', 'unknown', false],
  ['POST', 'no', false],
  ['POST', 'no', true],
  ['PUT', 'unknown', true],
] as const)('%s whose processing is %s, with a body that was not touched %s: sent again, whole', (method, processed, hasBody) => {
  const fake = new FakeUpstream()
  const call = fake.call({ method, body: hasBody ? new BufferBody(Buffer.from('x')) : null })
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.call.body?.cancel()
  sent?.unserved(processed)
  expect(call.last).toBe('start')
  expect(textOf(fake.transport.open().calls[0]?.call.body)).toBe(hasBody ? 'x' : '')
})

test.each([
  ['POST', 'unknown', false],
  ['PATCH', 'unknown', false],
  ['PUT', 'unknown', true],
  ['POST', 'no', true],
] as const)('%s whose processing is %s, with a body that was begun %s: fails', (method, processed, hasBody) => {
  const fake = new FakeUpstream()
  const call = fake.call({ method, body: hasBody ? new BufferBody(Buffer.from('x')) : null })
  fake.transport.open()
  const [sent] = fake.transport.calls
  sent?.call.body?.start(unused)
  sent?.unserved(processed)
  expect(call.last).toBe('error upstream_closed')
})

test('a call is sent again only once, and not after its answer began', () => {
  const fake = new FakeUpstream()
  const twice = fake.call()
  fake.transport.open().calls[0]?.unserved('no')
  fake.transport.open().calls[0]?.unserved('no')
  expect(twice.last).toBe('error upstream_closed')
  const answered = fake.call()
  const [sent] = fake.transport.open().calls
  sent?.head()
  sent?.unserved('no')
  expect(answered.last).toBe('error upstream_closed')
  expect(fake.used).toBe('0 0 0')
})
