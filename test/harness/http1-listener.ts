/**
 * A listener of the sidecar's own; every exchange goes to the test.
 */
import { onTestFinished } from 'vitest'
import type { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Exchange } from '../../proxy/http/exchange.ts'
import { defaultServerLimits, type MalformedFacts, type ServerLimits } from '../../proxy/http/server-connection.ts'
import type { WorkloadIdentity } from '../../proxy/identity/identity.ts'
import { openListener, type Listener } from '../../proxy/listener/listener.ts'
import { type Clock, systemClock } from '../../proxy/runtime/clock.ts'
import type { LogFields, Logger } from '../../proxy/runtime/logger.ts'

export interface ListenerUnderTest {
  readonly listener: Listener
  readonly port: number
  readonly malformed: readonly { readonly error: ProxyError; readonly facts: MalformedFacts }[]
  /** Reasons in the log for which callers were not let in. */
  readonly refused: readonly string[]
  /** Resolves with the first so many of them. */
  readonly refusals: (count: number) => Promise<readonly string[]>
}

export interface ListenerChanges {
  readonly limits?: Partial<ServerLimits>
  readonly clock?: Clock
  readonly paths?: 'strict' | 'lenient'
  /** Makes it an inbound listener. */
  readonly mtls?: 'strict' | 'permissive'
  readonly identity?: WorkloadIdentity
}

class RefusalLog implements Logger {
  readonly reasons: string[] = []
  readonly #looks = new Set<() => void>()

  info(): void {
    // Nothing that these tests read.
  }

  error(): void {
    // Nothing that these tests read.
  }

  warn(_message: string, { reason }: LogFields = {}): void {
    this.reasons.push(String(reason))
    for (const look of this.#looks) look()
  }

  first(count: number): Promise<readonly string[]> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.reasons.length < count) return
        this.#looks.delete(look)
        resolve(this.reasons)
      }
      this.#looks.add(look)
      look()
    })
  }
}

/** Closed when the test ends. */
export async function startListener(
  onExchange: (exchange: Exchange) => void,
  { limits = {}, clock = systemClock, paths = 'strict', mtls, identity }: ListenerChanges = {},
): Promise<ListenerUnderTest> {
  const malformed: { error: ProxyError; facts: MalformedFacts }[] = []
  const onMalformed = (error: ProxyError, facts: MalformedFacts) => void malformed.push({ error, facts })
  const inbound = mtls === undefined ? {} : { inbound: { app: '127.0.0.1:1', mtls } }
  const config = { name: 'test', address: '127.0.0.1:0', paths, ...inbound }
  const log = new RefusalLog()
  const deps = { clock, logger: log, limits: { ...defaultServerLimits, ...limits }, identity }
  const listener = await openListener(config, { onExchange, onMalformed }, deps)
  onTestFinished(() => listener.close())
  return { listener, port: Number(listener.address.split(':')[1]), malformed, refused: log.reasons, refusals: (count) => log.first(count) }
}
