/**
 * A listener of which the main thread has the port, and the workers the connections.
 */
import type { Socket } from 'node:net'
import type { ListenerConfig } from '../config/schema/listener.ts'
import type { Listener } from '../listener/listener.ts'
import { listenerKey } from '../listener/listener-set.ts'
import { openPort, type Port, type PortDeps } from '../listener/port.ts'
import type { HandOver } from './hand-over.ts'

class AcceptingListener implements Listener {
  readonly name: string
  readonly #key: string
  readonly #handOver: HandOver
  port: Port | null = null
  /** Calls are counted by the workers. */
  readonly active = 0

  constructor(config: ListenerConfig, handOver: HandOver) {
    this.name = config.name
    this.#key = listenerKey(config)
    this.#handOver = handOver
  }

  get address(): string {
    return this.port?.address ?? ''
  }

  take(socket: Socket): void {
    this.#handOver.take(this.#key, socket)
  }

  reconfigure(): void {
    // What can change while the port stays, the workers learn with their routing.
  }

  /** The workers drain their connections. */
  drain(): Promise<void> {
    return this.close()
  }

  async close(): Promise<void> {
    await this.port?.close()
  }
}

/** @throws Error that says what to do, where the port cannot be had. */
export async function openAcceptingListener(config: ListenerConfig, handOver: HandOver, deps: PortDeps): Promise<Listener> {
  const listener = new AcceptingListener(config, handOver)
  const { name, address } = config
  listener.port = await openPort({ name, address, paused: true, onSocket: (socket) => listener.take(socket) }, deps)
  return listener
}
