/**
 * A connection of the sidecar's HTTP/1.1 client, with what it told its owner.
 */
import { onTestFinished } from 'vitest'
import { ProxyError } from '../../proxy/error/proxy-error.ts'
import { systemClock } from '../../proxy/runtime/clock.ts'
import { createConnect } from '../../proxy/transport/connect.ts'
import type { Connection } from '../../proxy/transport/connection.ts'
import { WatchingOwner } from './http2-connection.ts'

/** @param address `127.0.0.1:port`. Destroyed when the test ends. */
export function openHttp1To(address: string): Promise<{ connection: Connection; owner: WatchingOwner }> {
  const owner = new WatchingOwner()
  const [host = '', port] = address.split(':')
  const options = { upstream: 'catalog', host, port: Number(port), protocol: 'http1', tls: null, connectTimeoutMs: 5_000 } as const
  return new Promise((resolve, reject) => {
    const opened = (connection: Connection) => {
      onTestFinished(() => connection.destroy(new ProxyError('draining')))
      resolve({ connection, owner })
    }
    createConnect(systemClock)(options, owner, opened, reject)
  })
}
