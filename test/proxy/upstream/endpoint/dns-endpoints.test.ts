import { expect, test } from 'vitest'
import type { Resolved } from '../../../../proxy/upstream/endpoint/resolver.ts'
import { FakeUpstream } from '../fake-upstream.ts'

/** Name servers that answer when the test says so. */
class HeldResolver {
  readonly asked: string[] = []
  #answers: PromiseWithResolvers<Resolved>[] = []

  readonly resolve = (host: string): Promise<Resolved> => {
    this.asked.push(host)
    const answer = Promise.withResolvers<Resolved>()
    this.#answers.push(answer)
    return answer.promise
  }

  async answer(addresses: string[], ttlMs = 5_000): Promise<void> {
    this.#answers.shift()?.resolve({ addresses, ttlMs })
    await settled()
  }

  async fail(): Promise<void> {
    this.#answers.shift()?.reject(new Error('queryA ENOTFOUND'))
    await settled()
  }
}

/** What follows from a promise that was settled has happened. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

function byName(changes: ConstructorParameters<typeof FakeUpstream>[0] = {}): { dns: HeldResolver; fake: FakeUpstream } {
  const dns = new HeldResolver()
  return { dns, fake: new FakeUpstream({ dns: 'inventory.shop.svc:8080', ...changes }, { resolve: dns.resolve }) }
}

function addressesOf({ upstream }: FakeUpstream): string[] {
  return upstream.figures().endpoints.map(({ address }) => address)
}

test('the first resolution starts with the upstream, and calls that come before its end wait for it', async () => {
  const { dns, fake } = byName()
  expect(dns.asked).toEqual(['inventory.shop.svc'])
  const call = fake.call()
  expect(fake.transport.openings).toHaveLength(0)
  await dns.answer(['10.0.0.2', '10.0.0.1'])
  expect(addressesOf(fake)).toEqual(['10.0.0.1:8080', '10.0.0.2:8080'])
  expect(fake.transport.opening[0]?.options).toMatchObject({ host: '10.0.0.1', port: 8080 })
  fake.transport.open()
  fake.transport.calls[0]?.answer()
  expect(call.last).toBe('end')
})

test('calls wait for the first resolution no longer than the connect timeout', async () => {
  const { dns, fake } = byName({ timeout: { connect: 700 } })
  const call = fake.call()
  fake.clock.advance(699)
  expect(call.last).toBe('start')
  fake.clock.advance(1)
  expect(call.last).toBe('error no_healthy_endpoint')
  expect(call.error?.detail).toBe('inventory.shop.svc of upstream inventory was not resolved within 700 ms')
  expect(fake.call().last).toBe('error no_healthy_endpoint')
  await dns.answer(['10.0.0.1'])
  expect(fake.call().last).toBe('start')
})

test('a call that waits for the first resolution can be aborted, and its deadline holds', async () => {
  const { dns, fake } = byName()
  const late = fake.call({ deadline: 10 })
  fake.clock.advance(10)
  expect(late.last).toBe('error deadline')
  await dns.answer(['10.0.0.1'])
  expect(fake.used).toBe('0 0 0')
})

test('a name that does not resolve: no healthy endpoint, asked again after a second', async () => {
  const { dns, fake } = byName()
  const call = fake.call()
  await dns.fail()
  expect(call.last).toBe('error no_healthy_endpoint')
  expect(call.error?.detail).toContain('queryA ENOTFOUND')
  fake.clock.advance(1_000)
  expect(dns.asked).toHaveLength(2)
  await dns.answer(['10.0.0.1'])
  expect(fake.call().last).toBe('start')
})

test.each([
  [0, 1_000],
  [30_000, 30_000],
  [86_400_000, 300_000],
])('a TTL of %i ms asks again after %i ms', async (ttlMs, afterMs) => {
  const { dns, fake } = byName()
  await dns.answer(['10.0.0.1'], ttlMs)
  fake.clock.advance(afterMs - 1)
  expect(dns.asked).toHaveLength(1)
  fake.clock.advance(1)
  expect(dns.asked).toHaveLength(2)
})

test('failures keep the old addresses and are logged once, until the name resolves again', async () => {
  const { dns, fake } = byName()
  await dns.answer(['10.0.0.1'])
  for (let i = 0; i < 3; i++) {
    fake.clock.advance(5_000)
    await dns.fail()
  }
  expect(addressesOf(fake)).toEqual(['10.0.0.1:8080'])
  expect(fake.log).toEqual(['warn the name does not resolve; keeping the addresses that are known'])
  fake.clock.advance(5_000)
  await dns.answer(['10.0.0.1'])
  expect(fake.log.at(-1)).toBe('info the name resolves again')
})

test('an address that goes: its idle connections close, its calls finish', async () => {
  const { dns, fake } = byName()
  await dns.answer(['10.0.0.1', '10.0.0.2'])
  const calls = Array.from({ length: 4 }, () => fake.call())
  while (fake.transport.opening.length > 0) fake.transport.open()
  const leaving = fake.transport.connections.filter(({ endpoint }) => endpoint.startsWith('10.0.0.1'))
  leaving[0]?.calls[0]?.answer()
  fake.clock.advance(5_000)
  await dns.answer(['10.0.0.2', '10.0.0.3'])
  expect(leaving.map(({ closed }) => closed)).toEqual([true, false])
  expect(fake.upstream.figures().endpoints.at(-1)).toEqual({ address: '10.0.0.1:8080', weight: 0, active: 1, connections: 1 })
  leaving[1]?.calls[0]?.answer()
  expect(leaving[1]?.closed).toBe(true)
  expect(addressesOf(fake)).toEqual(['10.0.0.2:8080', '10.0.0.3:8080'])
  for (const call of fake.transport.calls) call.answer()
  expect(calls.map((call) => call.last)).toEqual(['end', 'end', 'end', 'end'])
})

test('an address that stays keeps its connections, in whatever order the answer lists it', async () => {
  const { dns, fake } = byName()
  await dns.answer(['10.0.0.1', '10.0.0.2'])
  for (let i = 0; i < 2; i++) {
    fake.call()
    fake.transport.open()
  }
  for (const call of fake.transport.calls) call.answer()
  fake.clock.advance(5_000)
  await dns.answer(['10.0.0.2', '10.0.0.1'])
  fake.call()
  expect(fake.transport.openings).toHaveLength(2)
})

test('a call that waits for an address that goes is served there still', async () => {
  const { dns, fake } = byName({ bulkhead: { connections: 1 } })
  await dns.answer(['10.0.0.1'])
  const [first, second] = [fake.call(), fake.call()]
  fake.transport.open()
  fake.clock.advance(5_000)
  await dns.answer(['10.0.0.2'])
  fake.transport.calls[0]?.answer()
  fake.transport.calls[0]?.answer()
  expect([first.last, second.last]).toEqual(['end', 'end'])
  expect(fake.used).toBe('0 0 0')
})

test('the certificate is expected for the name, not for the address it resolved to', async () => {
  const { dns, fake } = byName({ tls: {} })
  await dns.answer(['10.0.0.1'])
  fake.call()
  expect(fake.transport.opening[0]?.options.tls).toMatchObject({ serverName: 'inventory.shop.svc' })
})

test.each([
  [{ endpoints: ['10.0.0.7:443'], tls: {} }, undefined],
  [{ endpoints: ['api.shop.test:443'], tls: {} }, 'api.shop.test'],
  [{ endpoints: ['10.0.0.7:443'], tls: { serverName: 'other.test' } }, 'other.test'],
])('server name of %j: %s', (changes, serverName) => {
  const fake = new FakeUpstream(changes)
  fake.call()
  expect(fake.transport.opening[0]?.options.tls).toMatchObject({ serverName })
})

test('an IP address needs no resolution', () => {
  const { dns, fake } = byName({ dns: '[::1]:8080' })
  expect(dns.asked).toHaveLength(0)
  fake.call()
  expect(fake.transport.opening[0]?.options).toMatchObject({ host: '::1', port: 8080 })
  expect(addressesOf(fake)).toEqual(['[::1]:8080'])
})

test('closing ends the asking', async () => {
  const { dns, fake } = byName()
  await dns.answer(['10.0.0.1'])
  fake.upstream.close()
  fake.clock.advance(60_000)
  expect(dns.asked).toHaveLength(1)
  expect(fake.clock.pending).toBe(0)
})
