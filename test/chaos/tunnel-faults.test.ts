/**
 * Tunnels whose ends leave at every moment and in every manner. Whatever happens, when both are gone nothing is left in the sidecar,
 * and when one of them is, the other is let go within the idle limit.
 */
import { connect, type Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { startCallee, startCaller } from '../harness/mesh.ts'
import { TestAuthority } from '../harness/mesh-identity.ts'
import { startRawOrigin } from '../harness/raw-origin.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { startTandem, type Tandem } from '../harness/tandem.ts'
import { held, idle } from './site.ts'

const callsAtOnce = 50
const hurried = 'timeout: { connect: 2s, request: 500ms, idle: 400ms }, bulkhead: { connections: 200, requests: 200 }'
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n'
const asking = {
  upgrade: 'GET /ws HTTP/1.1\r\nHost: t.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
  connect: 'CONNECT t.test:443 HTTP/1.1\r\nHost: t.test:443\r\n\r\n',
} as const

type Manner = (socket: Socket, random: SeededRandom) => void

const echo: Manner = (socket) => void socket.pipe(socket)
/** Neither reads nor closes, whatever the other side does. */
const stand: Manner = (socket) => void socket.pause()
const reset: Manner = (socket) => void socket.resetAndDestroy()
const flood: Manner = (socket) => void socket.write(Buffer.alloc(2 * 1024 * 1024))
const soon =
  (then: Manner, withinMs = 40): Manner =>
  (socket, random) =>
    void setTimeout(() => {
      if (!socket.destroyed) then(socket, random)
    }, random.below(withinMs))
const switched =
  (then: Manner, early = ''): Manner =>
  (socket, random) => {
    socket.write(switching + early)
    then(socket, random)
  }

/** What an origin does once it was asked. */
const origins: readonly Manner[] = [
  switched(echo),
  switched(echo, 'early'),
  switched(stand),
  switched(flood),
  switched(reset),
  switched(soon(reset)),
  switched((socket) => void socket.resume()),
  switched((socket) => void socket.end('bye')),
  soon(switched(echo)),
  soon(switched(stand), 600),
  stand,
  reset,
  (socket) => void socket.end(),
  (socket) => void socket.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno'),
]

/** How a caller leaves. */
const leavings: readonly Manner[] = [
  (socket) => void socket.destroy(),
  reset,
  (socket, random) => {
    socket.end().resume()
    soon((left) => void left.destroy())(socket, random)
  },
]

/** Tells when to leave. */
type Moment = (socket: Socket, random: SeededRandom, leave: () => void) => void

const afterward: Moment = (_socket, random, leave) => void setTimeout(leave, random.below(60))
const moments: readonly Moment[] = [
  (_socket, _random, leave) => void setImmediate(leave),
  afterward,
  (socket, random, leave) => {
    socket.once('data', leave)
    setTimeout(leave, 100 + random.below(600))
  },
  (socket, random, leave) => {
    socket.once('data', () => afterward(socket.writable ? (socket.write('more'), socket) : socket, random, leave))
    setTimeout(leave, 100 + random.below(600))
  },
]

const earlyWords = ['', 'some words', 'x'.repeat(100_000)]

/** One call from its beginning to when its caller is gone. */
function callAndLeave(port: number, ask: string, random: SeededRandom): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: random.chance(50) })
    const [moment, leaving, early] = [random.pick(moments), random.pick(leavings), random.pick(earlyWords)]
    let hasLeft = false
    const leave = (): void => {
      if (!hasLeft && !socket.destroyed) leaving(socket, random)
      hasLeft = true
    }
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve())
    socket.on('connect', () => {
      if (random.chance(33)) socket.pause()
      socket.write(ask + early)
      moment(socket, random, leave)
    })
  })
}

async function callMany(port: number, calls: number, ask: string, random: SeededRandom): Promise<void> {
  let left = calls
  const caller = async (): Promise<void> => {
    while (left-- > 0) await callAndLeave(port, ask, random)
  }
  await Promise.all(Array.from({ length: callsAtOnce }, caller))
}

/** An origin that answers as chance will have it; it lets go of whatever is left when told to. */
async function startFickle(random: SeededRandom, asked: boolean): Promise<{ readonly address: string; readonly letGo: () => void }> {
  const sockets = new Set<Socket>()
  const address = await startRawOrigin(
    (socket) => {
      sockets.add(socket)
      socket.on('close', () => void sockets.delete(socket))
      if (asked) socket.once('data', () => random.pick(origins)(socket, random))
      else random.pick([echo, stand, flood, reset, soon(reset)])(socket, random)
    },
    { allowHalfOpen: true },
  )
  return { address, letGo: () => sockets.forEach((socket) => socket.destroy()) }
}

/** All calls are over although the origins still hold their ends. The last callers may have left before they were accepted. */
async function expectOver(tandem: Tandem): Promise<void> {
  await expect.poll(() => held(tandem), { timeout: 15_000, interval: 50 }).toEqual([])
}

describe('tunnels leave nothing behind', () => {
  let authority: TestAuthority
  beforeAll(async () => {
    authority = await TestAuthority.create()
  })

  test.each(Object.entries(asking))('1,000 by %s', { timeout: 60_000 }, async (kind, ask) => {
    const random = new SeededRandom(3)
    const { address, letGo } = await startFickle(random, kind === 'upgrade')
    const tandem =
      await startTandem(`upstreams: { u: { endpoints: ["${address}"], ${hurried} }, copy: { endpoints: ["${address}"], ${hurried} } }
routes: [{ name: r, match: { method: [GET, CONNECT] }, forward: u, mirror: [{ upstream: copy }] }]`)
    await callMany(tandem.port, 1_000, ask, random)
    await expectOver(tandem)
    letGo()
    expect(await idle(tandem)).toEqual([])
  })

  test('300 through two sidecars over mTLS', { timeout: 60_000 }, async () => {
    const random = new SeededRandom(4)
    const { address, letGo } = await startFickle(random, true)
    const callee = await startCallee(authority, address)
    const caller = await startCaller(authority, callee, hurried)
    await callMany(caller.port, 300, asking.upgrade, random)
    await expectOver(caller)
    letGo()
    await expectOver(callee)
    await caller.apply('routes: []')
    expect(await idle(callee)).toEqual([])
    expect(await idle(caller)).toEqual([])
  })
})
