import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { createResolver } from '../../../../proxy/upstream/endpoint/resolver.ts'

interface Record {
  readonly type: 'A' | 'AAAA'
  readonly bytes: readonly number[]
  readonly ttl: number
}

const types = { A: 1, AAAA: 28 } as const

/** Answers one question (RFC 1035): the question again, then the records of its type, each pointing back to the name. */
function answerTo(question: Buffer, records: readonly Record[]): Buffer {
  const nameEnd = question.indexOf(0, 12) + 1
  const type = question.readUInt16BE(nameEnd)
  const matching = records.filter((record) => types[record.type] === type)
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(matching.length > 0 ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(matching.length, 6)
  header.writeUInt32BE(0, 8)
  const answers = matching.map(({ bytes, ttl }) => {
    const fixed = Buffer.alloc(12)
    fixed.writeUInt16BE(0xc00c, 0)
    fixed.writeUInt16BE(type, 2)
    fixed.writeUInt16BE(1, 4)
    fixed.writeUInt32BE(ttl, 6)
    fixed.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([fixed, Buffer.from(bytes)])
  })
  return Buffer.concat([header, question.subarray(12, nameEnd + 4), ...answers])
}

/** @returns its address. */
async function startNameServer(records: readonly Record[]): Promise<string> {
  const server: Socket = createSocket('udp4')
  server.on('message', (question, peer) => server.send(answerTo(question, records), peer.port, peer.address))
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${server.address().port}`
}

test('all addresses, with the shortest of their TTLs', async () => {
  const server = await startNameServer([
    { type: 'A', bytes: [10, 0, 0, 1], ttl: 30 },
    { type: 'A', bytes: [10, 0, 0, 2], ttl: 7 },
  ])
  const resolved = await createResolver([server])('inventory.shop.test')
  expect([...resolved.addresses].toSorted()).toEqual(['10.0.0.1', '10.0.0.2'])
  expect(resolved.ttlMs).toBe(7_000)
})

test('IPv6 is used where there is no IPv4, and only there', async () => {
  const ipv6 = { type: 'AAAA', bytes: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], ttl: 60 } as const
  const only = await startNameServer([ipv6])
  expect((await createResolver([only])('inventory.shop.test')).addresses).toEqual(['2001:db8::1'])
  const both = await startNameServer([ipv6, { type: 'A', bytes: [10, 0, 0, 1], ttl: 60 }])
  expect((await createResolver([both])('inventory.shop.test')).addresses).toEqual(['10.0.0.1'])
})

test('the hosts file is asked for names without a dot', async () => {
  const resolved = await createResolver(['127.0.0.1:1'])('localhost')
  expect(resolved.addresses).toEqual(['127.0.0.1'])
  expect(resolved.ttlMs).toBe(5_000)
})

test('what DNS does not know is asked of the operating system, and fails if that does not know it either', async () => {
  const server = await startNameServer([])
  await expect(createResolver([server])('nothing.invalid')).rejects.toThrow('nothing.invalid')
})
