/**
 * What every measurement of a run shares: the origins, the CPUs, a folder for files that are gone afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Origin, startOrigin, startOwnOrigin } from '../lib/origin.ts'
import { type Pinning, choosePinning } from '../lib/pinning.ts'
import { findProgram } from '../lib/programs.ts'

export interface Site {
  readonly origin: Origin
  readonly mirror: Origin
  readonly hungMirror: Origin
  readonly pinning: Pinning
  /** The wrk program where it is asked for and installed. */
  readonly wrk: string | undefined
  readonly folder: string
  close(): Promise<void>
}

export async function openSite(wrk: boolean): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const pinning = choosePinning()
  const origin = await startOrigin(pinning.others, folder)
  const mirror = await startOwnOrigin('answer', pinning.others, folder)
  const hungMirror = await startOwnOrigin('hang', pinning.others, folder)
  const close = async (): Promise<void> => {
    await Promise.all([origin.stop(), mirror.stop(), hungMirror.stop()])
  }
  return { origin, mirror, hungMirror, pinning, wrk: wrk ? findProgram('wrk') : undefined, folder, close }
}
