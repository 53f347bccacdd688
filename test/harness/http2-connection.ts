/**
 * A connection of the sidecar's HTTP/2 client to a port, with what it told its owner.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { ProxyError } from '../../proxy/error/proxy-error.ts'
import type { Clock } from '../../proxy/runtime/clock.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import type { Connection, ConnectionOwner } from '../../proxy/transport/connection.ts'
import { openHttp2 } from '../../proxy/transport/http2/client.ts'

export class WatchingOwner implements ConnectionOwner {
  availableCount = 0
  closedCount = 0
  readonly #looks = new Set<() => void>()

  onAvailable(): void {
    this.availableCount++
    this.#look()
  }

  onClosed(): void {
    this.closedCount++
    this.#look()
  }

  /** Resolves once the condition holds; looks whenever the connection tells something. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return
        this.#looks.delete(look)
        resolve()
      }
      this.#looks.add(look)
      look()
    })
  }

  #look(): void {
    for (const look of this.#looks) look()
  }
}

/** Destroyed when the test ends. */
export async function openHttp2To(port: number, clock: Clock = systemClock): Promise<{ connection: Connection; owner: WatchingOwner }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  await once(socket, 'connect')
  const owner = new WatchingOwner()
  const connection = openHttp2(socket, `127.0.0.1:${port}`, 'catalog', owner, clock)
  onTestFinished(() => connection.destroy(new ProxyError('draining')))
  return { connection, owner }
}
