/**
 * What every measurement of a run shares: the origins, the collector, the certificates, the CPUs, a folder for files that are gone afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificates, makeCertificates } from '../lib/certificates.ts'
import { type Collector, startCollector } from '../lib/collector.ts'
import type { Destinations, Surroundings } from '../lib/contestant.ts'
import { startNginxOrigin } from '../lib/nginx-origin.ts'
import { type Origin, type OwnOrigin, startOwnOrigin } from '../lib/origin.ts'
import { type Pinning, choosePinning } from '../lib/pinning.ts'
import { findProgram } from '../lib/programs.ts'
import type { MirrorState, Transfer } from './scenario.ts'

export interface Site {
  readonly origin: Origin
  /** Answers too, counts what it received, and takes uploads. */
  readonly mirror: OwnOrigin
  readonly hungMirror: OwnOrigin
  readonly collector: Collector
  readonly certificates: Certificates
  readonly pinning: Pinning
  /** The wrk program where it is asked for and installed. */
  readonly wrk: string | undefined
  readonly folder: string
  close(): Promise<void>
}

export async function openSite(wrk: boolean): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const pinning = choosePinning()
  const certificates = await makeCertificates(folder)
  const place = { cpus: pinning.others, folder, certificate: certificates.server }
  const nginx = findProgram('nginx')
  const origin = nginx === undefined ? await startOwnOrigin('answer', place) : await startNginxOrigin(nginx, place)
  const mirror = await startOwnOrigin('answer', place)
  const hungMirror = await startOwnOrigin('hang', place)
  const collector = await startCollector(pinning.others, folder)
  const close = async (): Promise<void> => {
    await Promise.all([origin, mirror, hungMirror, collector].map((one) => one.stop()))
    process.off('exit', remove)
    remove()
  }
  return { origin, mirror, hungMirror, collector, certificates, pinning, wrk: wrk ? findProgram('wrk') : undefined, folder, close }
}

/** Uploads go to an origin that reads all of a body before it answers: nginx answers at once. */
export function destinations(site: Site, mirror: MirrorState, transfer: Transfer | null): Destinations {
  const origin = transfer?.direction === 'upload' ? site.mirror : site.origin
  const copies = mirror === 'hung' ? site.hungMirror : site.mirror
  return { origin: origin.ports.first, encrypted: origin.ports.tls, second: origin.ports.second, mirror: copies.ports.first }
}

export function surroundings({ pinning, folder, certificates, collector }: Site): Surroundings {
  return { cpus: pinning.proxy, otherCpus: pinning.others, folder, certificates, collector: collector.port }
}
