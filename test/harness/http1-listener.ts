/**
 * A listener of the sidecar's own; every exchange goes to the test.
 */
import { onTestFinished } from 'vitest'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../proxy/http/exchange.ts'
import { defaultServerLimits, type MalformedFacts, type ServerLimits } from '../../proxy/http/server-connection.ts'
import { openListener, type Listener } from '../../proxy/listener/listener.ts'
import { type Clock, systemClock } from '../../proxy/runtime/clock.ts'

export interface ListenerUnderTest {
  readonly listener: Listener
  readonly port: number
  readonly malformed: readonly { readonly error: ProxyError; readonly facts: MalformedFacts }[]
}

export interface ListenerChanges {
  readonly limits?: Partial<ServerLimits>
  readonly clock?: Clock
  readonly paths?: 'strict' | 'lenient'
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** Closed when the test ends. */
export async function startListener(
  onExchange: (exchange: Exchange) => void,
  { limits = {}, clock = systemClock, paths = 'strict' }: ListenerChanges = {},
): Promise<ListenerUnderTest> {
  const malformed: { error: ProxyError; facts: MalformedFacts }[] = []
  const onMalformed = (error: ProxyError, facts: MalformedFacts) => void malformed.push({ error, facts })
  const config = { name: 'test', address: '127.0.0.1:0', paths }
  const deps = { clock, logger: silent, limits: { ...defaultServerLimits, ...limits } }
  const listener = await openListener(config, { onExchange, onMalformed }, deps)
  onTestFinished(() => listener.close())
  return { listener, port: Number(listener.address.split(':')[1]), malformed }
}
