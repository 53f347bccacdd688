/**
 * Holds the one rotation that is in force: on disk first, then in memory, then told to those who asked; and moves it on when it is time.
 *
 * Invariant: nothing is signed or trusted on the word of a state that is not on disk.
 */
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { SvidCertificate } from '../../proxy/svid/certificate.ts'
import { readCertificates } from '../../proxy/svid/pem.ts'
import { advance, nextChangeAt, type Rotation, trustedRoots } from './rotation.ts'
import { type Signer, signerFrom } from './signer.ts'
import type { StateFolder } from './state-folder.ts'
import { saveRotation } from './stored-rotation.ts'

/** After a disk that would not take it. */
const retryMs = 60_000

export interface KeeperDeps {
  readonly folder: StateFolder
  readonly clock: Clock
  readonly logger: Logger
}

export class RotationKeeper {
  readonly #deps: KeeperDeps
  readonly #listeners = new Set<() => void>()
  #timer: Timer | null = null
  #closed = false
  #rotation: Rotation
  #signer: Signer
  #bundle: string
  #roots: readonly SvidCertificate[]

  /** Saves it. @throws what the file system throws, and what is wrong with certificate or key. */
  constructor(rotation: Rotation, deps: KeeperDeps) {
    this.#deps = deps
    this.#rotation = advance(rotation, deps.clock.wall())
    this.#signer = signerFrom(this.#rotation.current)
    this.#bundle = trustedRoots(this.#rotation).join('')
    this.#roots = readCertificates(this.#bundle)
    saveRotation(deps.folder, this.#rotation)
    this.#arm()
  }

  get rotation(): Rotation {
    return this.#rotation
  }

  get signer(): Signer {
    return this.#signer
  }

  /** PEM. */
  get bundle(): string {
    return this.#bundle
  }

  get roots(): readonly SvidCertificate[] {
    return this.#roots
  }

  /** @param changed called after each change. @returns what stops it. */
  onChange(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => void this.#listeners.delete(changed)
  }

  /** @throws as the constructor, and changes nothing then. */
  change(rotation: Rotation): void {
    const signer = rotation.current === this.#rotation.current ? this.#signer : signerFrom(rotation.current)
    const bundle = trustedRoots(rotation).join('')
    const roots = bundle === this.#bundle ? this.#roots : readCertificates(bundle)
    saveRotation(this.#deps.folder, rotation)
    this.#rotation = rotation
    this.#signer = signer
    this.#bundle = bundle
    this.#roots = roots
    this.#arm()
    for (const changed of this.#listeners) changed()
  }

  /** Does what is due. A state that cannot be saved stays as it was, and is tried again. */
  turn(): void {
    const next = advance(this.#rotation, this.#deps.clock.wall())
    if (next === this.#rotation) return
    try {
      this.change(next)
    } catch (error) {
      this.#deps.logger.error('the change of the root cannot go on', { reason: error instanceof Error ? error.message : String(error) })
      this.#wait(retryMs)
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  #arm(): void {
    this.#timer?.cancel()
    const at = nextChangeAt(this.#rotation)
    if (at !== null) this.#wait(Math.max(0, at - this.#deps.clock.wall()))
  }

  /** A timer may fire early (delays have a longest one): then there is nothing to do but to wait again. */
  #wait(delayMs: number): void {
    this.#timer?.cancel()
    if (this.#closed) return
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#arm()
      this.turn()
    })
  }
}
