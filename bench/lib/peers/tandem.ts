/**
 * Tandem itself, bundled as it ships.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, type Destinations, type Running, type Surroundings, runProxy } from '../contestant.ts'
import type { Task } from '../task.ts'
import { sidecarConfig } from './tandem-config.ts'
import { startEncryptedInbound, startHop } from './tandem-mesh.ts'
import { tandemPrograms } from './tandem-package.ts'

const manifest = join(import.meta.dirname, '../../../package.json')

async function start(task: Task, to: Destinations, around: Surroundings): Promise<Running> {
  const programs = await tandemPrograms(around.folder)
  if (task === 'tls-caller') return startEncryptedInbound(to, around)
  if (task === 'hop' || task === 'mesh-hop') return startHop(task, to, around)
  return runProxy('tandem', task, around, async (place) => {
    const file = join(place.folder, 'tandem.json')
    writeFileSync(file, JSON.stringify(await sidecarConfig(task, to, place, around)))
    return [join(programs, 'tandem-proxy'), '--config', file]
  })
}

export const tandem: Contestant = {
  name: 'Tandem',
  missing: undefined,
  telemetry: 'access log, request id, trace context, 1 % of the calls by OTLP, metrics',
  version: () => Promise.resolve((JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version),
  supports: () => true,
  start,
}
