import { SpanKind } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import type { ToldSpan } from '../../../proxy/telemetry/span/told-span.ts'
import { SpanParcels } from '../../../proxy/worker/span-parcels.ts'
import { ManualClock } from '../../harness/manual-clock.ts'

const span: ToldSpan = {
  name: 'GET r',
  kind: SpanKind.SERVER,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parent: null,
  startMs: 0,
  endMs: 1,
  attributes: {},
  status: null,
}

function parcels() {
  const clock = new ManualClock()
  const sent: number[] = []
  return { clock, sent, parcels: new SpanParcels(clock, (spans) => void sent.push(spans.length)) }
}

test('spans are gathered for 20 ms, or until there are 64', () => {
  const { clock, sent, parcels: spans } = parcels()
  for (let i = 0; i < 3; i++) spans.add(span)
  clock.advance(19)
  expect(sent).toEqual([])
  clock.advance(1)
  expect(sent).toEqual([3])
  for (let i = 0; i < 64; i++) spans.add(span)
  expect(sent).toEqual([3, 64])
})

test('while none is taken, 2,048 are under way at most; more are dropped and counted', () => {
  const { sent, parcels: spans } = parcels()
  for (let i = 0; i < 2_050; i++) spans.add(span)
  expect([sent.reduce((sum, count) => sum + count, 0), spans.dropped]).toEqual([2_048, 2])
  spans.taken(64)
  spans.add(span)
  spans.flush()
  expect([sent.at(-1), spans.dropped]).toEqual([1, 2])
})

test('nothing is sent when there is nothing', () => {
  const { sent, parcels: spans } = parcels()
  spans.flush()
  expect(sent).toEqual([])
})
