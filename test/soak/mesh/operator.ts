/**
 * An operator who never rests: edits the routing, makes join tokens and revokes some, so that a control plane that is killed is always
 * about to write something. What was answered has to be there for good.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { ControlPlane } from './control-plane.ts'
import { type Addresses, routing } from './routing.ts'

const editEveryMs = 700
const tokenEveryMs = 100
/** One in so many tokens is revoked at once. */
const revokeEvery = 4

export class Operator {
  edition = 0
  /** By id: whether it was revoked, as far as the control plane has said so. */
  readonly tokens = new Map<string, 'made' | 'revoked'>()
  readonly #controlPlane: ControlPlane
  readonly #addresses: Addresses

  constructor(controlPlane: ControlPlane, addresses: Addresses) {
    this.#controlPlane = controlPlane
    this.#addresses = addresses
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.edit(signal), this.#makeTokens(signal)])
  }

  async edit(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#controlPlane.route(routing(this.#addresses, ++this.edition))
      await wait(editEveryMs)
    }
  }

  async #makeTokens(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // Without an answer nobody knows what has become of it.
      await this.#makeToken().catch(() => undefined)
      await wait(tokenEveryMs)
    }
  }

  async #makeToken(): Promise<void> {
    const { id } = await this.#controlPlane.token(`account-${this.tokens.size}`)
    this.tokens.set(id, 'made')
    if (this.tokens.size % revokeEvery !== 0) return
    await this.#controlPlane.revoke(id)
    this.tokens.set(id, 'revoked')
  }
}
