import { expect, test } from 'vitest'
import type { Connection } from '../../../../proxy/transport/connection.ts'
import { type FramePeer, startFrameOrigin } from '../../../harness/frame-origin.ts'
import { openHttp2To } from '../../../harness/http2-connection.ts'
import { data, flag, frame, frameType, headers } from '../../../harness/http2-frames.ts'
import { ManualClock } from '../../../harness/manual-clock.ts'
import { type RecordedCall, record } from '../../../harness/recorded-call.ts'

async function silentCall(clock: ManualClock): Promise<{ peer: FramePeer; connection: Connection; call: RecordedCall }> {
  const origin = await startFrameOrigin()
  const { connection } = await openHttp2To(origin.port, clock)
  const peer = await origin.connected
  // The acknowledgement of our settings has been read before the answer's head is.
  const call = record(connection.dispatch)
  await peer.called(1)
  peer.send(headers(1, [':status', '200'], false))
  await call.answered
  clock.advance(10_000)
  return { peer, connection, call }
}

function pings({ reader }: FramePeer): number {
  return reader.frames.filter(({ type }) => type === frameType.ping).length
}

async function answerPing(peer: FramePeer, connection: Connection): Promise<void> {
  const { payload } = await peer.reader.nextOf(frameType.ping)
  const probe = record(connection.dispatch)
  await peer.called(3)
  peer.send(frame(frameType.ping, flag.ack, 0, payload), headers(3, [':status', '204']))
  await probe.ended
}

test('an upstream that reads nothing and says nothing for 10 s, and does not answer a ping within 5 s, is dead', async () => {
  const clock = new ManualClock()
  const { peer, call, connection } = await silentCall(clock)
  expect(call.over).toBe(false)
  clock.advance(10_000)
  await peer.reader.nextOf(frameType.ping)
  clock.advance(4_999)
  expect(call.over).toBe(false)
  clock.advance(1)
  expect(call.error?.code).toBe('upstream_closed')
  expect(connection.free).toBe(0)
})

test('an upstream that answers pings may be silent for as long as it likes', async () => {
  const clock = new ManualClock()
  const { peer, call, connection } = await silentCall(clock)
  clock.advance(10_000)
  await answerPing(peer, connection)
  clock.advance(200_000)
  expect(call.over).toBe(false)
  expect(pings(peer)).toBe(1)
  peer.send(data(1, 'at last', true))
  await call.ended
  expect(call.body).toBe('at last')
})

test('an upstream that talks is never pinged, nor is one without calls', async () => {
  const clock = new ManualClock()
  const { peer, call, connection } = await silentCall(clock)
  for (const word of ['one', 'two', 'three']) {
    peer.send(data(1, word))
    await expect.poll(() => call.body.endsWith(word), { interval: 1 }).toBe(true)
    clock.advance(10_000)
  }
  peer.send(data(1, 'end', true))
  await call.ended
  await expect.poll(() => connection.active, { interval: 1 }).toBe(0)
  clock.advance(60_000)
  expect(clock.pending).toBe(0)
  expect(pings(peer)).toBe(0)
})
