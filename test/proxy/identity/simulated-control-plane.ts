/**
 * A control plane without a network: an authority, and identities that ask it directly. Time stands still unless the test moves it.
 */
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { type AskForCertificate } from '../../../proxy/identity/ask-control-plane.ts'
import { CertificateRefused } from '../../../proxy/identity/certificate-call.ts'
import { createIdentity } from '../../../proxy/identity/create-identity.ts'
import type { Clock, Timer } from '../../../proxy/runtime/clock.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import type { AuthorityOptions } from '../../../control-plane/authority/open-authority.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { derChain, startAuthority } from '../../control-plane/authority/test-authority.ts'

/** A sidecar's own clock: it may be off, and it says whether somebody waits for it. */
class SidecarClock implements Clock {
  readonly #clock: ManualClock
  readonly #aheadMs: () => number
  readonly #timers = new Set<Timer>()

  constructor(clock: ManualClock, aheadMs: () => number) {
    this.#clock = clock
    this.#aheadMs = aheadMs
  }

  get waiting(): boolean {
    return this.#timers.size > 0
  }

  now(): number {
    return this.#clock.now()
  }

  wall(): number {
    return this.#clock.wall() + this.#aheadMs()
  }

  after(delayMs: number, fire: () => void): Timer {
    const inner = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      fire()
    })
    const timer = {
      cancel: () => {
        this.#timers.delete(timer)
        inner.cancel()
      },
    }
    this.#timers.add(timer)
    return timer
  }
}

function allWait(clocks: readonly SidecarClock[]): Promise<void> {
  return expect.poll(() => clocks.every(({ waiting }) => waiting), { interval: 1 }).toBe(true)
}

export class Simulation {
  readonly clock: ManualClock
  readonly control: Awaited<ReturnType<typeof startAuthority>>
  /** Set to make the control plane unreachable. */
  down = false
  /** How far the sidecars' clocks are ahead, in milliseconds. */
  aheadMs = 0
  /** What each request was authorised by. */
  readonly asked: ('token' | 'certificate')[] = []

  readonly #clocks: SidecarClock[] = []

  private constructor(clock: ManualClock, control: Awaited<ReturnType<typeof startAuthority>>) {
    this.clock = clock
    this.control = control
  }

  static async start(options: Partial<Omit<AuthorityOptions, 'clock'>> = {}): Promise<Simulation> {
    const clock = new ManualClock()
    return new Simulation(clock, await startAuthority({ ...options, clock }))
  }

  /** Closed when the test ends; not started. */
  async sidecar(account = 'checkout') {
    const made = () => this.control.tokens.create({ namespace: 'shop', account, ttlMs: null })
    const { token, facts } = await made()
    let held = token
    const replaceToken = async () => void (held = (await made()).token)
    const said: string[] = []
    const logger = createLogger(
      (line) => void said.push(line),
      () => this.clock.wall(),
    )
    const { clock } = this
    const own = new SidecarClock(clock, () => this.aheadMs)
    this.#clocks.push(own)
    const controlPlane = { url: 'https://localhost:1', token: () => held, trustBundle: join(this.control.state, 'ca.pem') }
    const seeded = new SeededRandom(this.#clocks.length)
    const random = { float: () => seeded.float(), hex: () => '' }
    const identity = createIdentity({ controlPlane, clock: own, random, logger, ask: this.#ask(() => held) })
    onTestFinished(() => identity.close())
    return { identity, said, token, tokenId: facts.id, replaceToken }
  }

  /** Lets time pass in steps, with all that is asked for at each step answered before the next. */
  async pass(ms: number, stepMs: number, look: () => void = () => undefined): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(stepMs, left))
      await this.settled()
      look()
    }
  }

  /** Between two attempts there is a timer, and while one is under way there is none. */
  settled(): Promise<void> {
    return allWait(this.#clocks)
  }

  #ask(token: () => string): AskForCertificate {
    return async (csr, by) => {
      this.asked.push(by === null ? 'token' : 'certificate')
      return this.#answer(csr, by === null ? `Bearer ${token()}` : undefined, by?.chain ?? '')
    }
  }

  async #answer(csr: string, authorization: string | undefined, chain: string) {
    if (this.down) throw new Error('connect ECONNREFUSED')
    const controlPlaneTime = Math.floor(this.clock.wall() / 1000) * 1000
    const attested = this.control.attest({ authorization, chain: derChain(chain), from: '10.0.0.9' })
    if ('refused' in attested) throw new CertificateRefused(401, attested.refused, controlPlaneTime)
    const answer = await this.control.certificateEndpoint({ body: Buffer.from(JSON.stringify({ csr })), attested, from: '10.0.0.9' })
    if (answer.status !== 200) throw new CertificateRefused(answer.status, answer.json.detail, controlPlaneTime)
    return { response: answer.json, controlPlaneTime }
  }
}
