import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { halfClosedMs, joinTunnel, type TunnelEnd } from '../../../proxy/action/tunnel.ts'
import { ProxyError } from '../../../proxy/error/proxy-error.ts'
import { ByteStream, countBytes } from '../../harness/byte-stream.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { startRawOrigin } from '../../harness/raw-origin.ts'
import { standsStill } from '../../harness/stands-still.ts'

interface Pair {
  /** The end that a tunnel holds. */
  readonly near: Socket
  /** The other one. */
  readonly far: Socket
}

async function connectedPair(): Promise<Pair> {
  const accepted = Promise.withResolvers<Socket>()
  const port = Number((await startRawOrigin(accepted.resolve, { allowHalfOpen: true })).split(':')[1])
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  far.on('error', () => undefined)
  onTestFinished(() => void far.destroy())
  await once(far, 'connect')
  return { near: await accepted.promise, far }
}

interface Site {
  readonly clock: ManualClock
  readonly caller: Pair
  readonly upstream: Pair
  readonly ended: Promise<TunnelEnd>
}

async function startTunnel(early: Buffer | null = null): Promise<Site> {
  const clock = new ManualClock()
  const [caller, upstream] = [await connectedPair(), await connectedPair()]
  const ended = Promise.withResolvers<TunnelEnd>()
  caller.near.pause()
  upstream.near.pause()
  joinTunnel({ stream: caller.near, early }, upstream.near, clock, ended.resolve)
  return { clock, caller, upstream, ended: ended.promise }
}

async function expectClosed({ caller, upstream, clock }: Site): Promise<void> {
  const left = () => [caller.near.closed, upstream.near.closed, clock.pending]
  await expect.poll(left, { interval: 5, timeout: 5_000 }).toEqual([true, true, 0])
}

test('bytes pass both ways, early ones first, and are counted', async () => {
  const site = await startTunnel(Buffer.from('early '))
  const { caller, upstream, ended } = site
  caller.far.write('question')
  let heard = ''
  while (heard !== 'early question') heard += String(await once(upstream.far, 'data'))
  upstream.far.end('answer!')
  expect(String(await once(caller.far, 'data'))).toBe('answer!')
  caller.far.end()
  expect(await ended).toEqual({ flags: '', bytesIn: 14, bytesOut: 7 })
  await expectClosed(site)
})

test.each([
  ['caller', 'DC'],
  ['upstream', 'UR'],
] as const)('a reset of the %s ends both sides at once, with the flag %s', async (side, flags) => {
  const site = await startTunnel()
  site[side].far.resetAndDestroy()
  expect(await site.ended).toMatchObject({ flags })
  await expectClosed(site)
})

test('a limit that destroys the socket gives its own flag', async () => {
  const site = await startTunnel()
  site.upstream.near.destroy(new ProxyError('deadline'))
  expect(await site.ended).toMatchObject({ flags: 'UT' })
  await expectClosed(site)
})

test.each(['caller', 'upstream'] as const)(
  'when the %s has ended, the other is heard for as long as it is not silent for half a minute',
  async (side) => {
    const site = await startTunnel()
    const [ending, going] = side === 'caller' ? [site.caller, site.upstream] : [site.upstream, site.caller]
    ending.far.end()
    going.far.resume()
    await once(going.far, 'end')
    for (let i = 0; i < 3; i++) {
      site.clock.advance(halfClosedMs - 1)
      going.far.write('still here')
      await once(ending.far, 'data')
    }
    site.clock.advance(halfClosedMs)
    expect(await site.ended).toMatchObject({ flags: '' })
    await expectClosed(site)
  },
)

test('a side that had ended or was gone before the tunnel stood takes the other with it', async () => {
  const clock = new ManualClock()
  const [caller, upstream] = [await connectedPair(), await connectedPair()]
  caller.far.end('all')
  caller.near.resume()
  await once(caller.near, 'end')
  const heard = once(upstream.far, 'data')
  const ended = new Promise<TunnelEnd>((resolve) => {
    joinTunnel({ stream: caller.near, early: Buffer.from('all') }, upstream.near.pause(), clock, resolve)
  })
  expect(String(await heard)).toBe('all')
  upstream.far.end()
  expect(await ended).toMatchObject({ flags: '', bytesIn: 3 })

  const [gone, left] = [await connectedPair(), await connectedPair()]
  gone.near.destroy()
  const over = new Promise<TunnelEnd>((resolve) => {
    joinTunnel({ stream: gone.near, early: null }, left.near.pause(), clock, resolve)
  })
  expect(await over).toMatchObject({ flags: 'DC' })
  await once(left.near, 'close')
})

test('a side that does not read holds the other up', async () => {
  const { caller, upstream } = await startTunnel()
  upstream.far.pause()
  const stream = new ByteStream(64 * 1024 * 1024)
  stream.pipe(caller.far)
  await standsStill(() => stream.made)
  expect(stream.made).toBeLessThan(32 * 1024 * 1024)
  expect(upstream.near.writableLength).toBeLessThan(256 * 1024)
})

test('what came before a side broke is still delivered, to who reads it within half a minute', async () => {
  const site = await startTunnel()
  const { caller, upstream, clock } = site
  caller.far.pause()
  const sent = Buffer.alloc(8 * 1024 * 1024, 'x')
  upstream.far.write(sent)
  await standsStill(() => caller.near.bytesWritten)
  upstream.near.destroy()
  await once(upstream.near, 'close')
  const held = caller.near.bytesWritten
  expect(caller.near.writableLength).toBeGreaterThan(0)
  expect(await countBytes(caller.far.resume())).toBe(held)
  expect(await site.ended).toMatchObject({ flags: 'UR' })
  await expectClosed(site)

  const stuck = await startTunnel()
  stuck.caller.far.pause()
  stuck.upstream.far.write(sent)
  await standsStill(() => stuck.caller.near.bytesWritten)
  stuck.upstream.near.destroy()
  await once(stuck.upstream.near, 'close')
  stuck.clock.advance(halfClosedMs)
  expect(await stuck.ended).toMatchObject({ flags: 'UR' })
  await expectClosed(stuck)
  expect(clock.pending).toBe(0)
})
