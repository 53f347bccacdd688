/**
 * What the figures of one run share: a folder, and the fleet, which is started for the first figure that asks for it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fleet } from './fleet.ts'
import type { Scale } from './options.ts'

export class Site {
  readonly scale: Scale
  /** Gone when the bench exits. */
  readonly folder: string
  readonly say: (line: string) => void
  #fleet: Promise<Fleet> | null = null

  /** @param say takes one short line about what is going on. */
  constructor(scale: Scale, say: (line: string) => void) {
    this.scale = scale
    this.say = say
    this.folder = mkdtempSync(join(tmpdir(), 'tandem-control-plane-bench-'))
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
  }

  /** Connected, every sidecar current. */
  fleet(): Promise<Fleet> {
    this.#fleet ??= Fleet.start(this.scale, this.folder, this.say)
    return this.#fleet
  }

  /** Whoever measures something else has the machine for himself. */
  async withoutFleet(): Promise<void> {
    const fleet = await this.#fleet
    this.#fleet = null
    await fleet?.stop()
  }
}
