/**
 * A control plane that is killed at random moments of its very first start, while it makes its root: the next start goes on, with one root.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { SeededRandom } from '../../harness/seeded-random.ts'
import { ControlPlane } from './control-plane.ts'
import type { MeshVerdict } from './verdict.ts'

export interface FirstStartOptions {
  readonly rounds: number
  readonly seed: number
  /** After the start of the process. */
  readonly latestKillMs: number
}

export async function firstStarts({ rounds, seed, latestKillMs }: FirstStartOptions): Promise<MeshVerdict> {
  const random = new SeededRandom(seed)
  const wrong: string[] = []
  for (let round = 0; round < rounds; round++) wrong.push(...(await firstStart(random.below(latestKillMs))))
  return { facts: [`${rounds} control planes killed within their first start`], wrong }
}

async function firstStart(killAfterMs: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-first-start-'))
  const controlPlane = await ControlPlane.prepare(folder, '{ ttl: 1h }')
  const { program } = controlPlane
  try {
    const started = program.start().catch(() => undefined)
    await wait(killAfterMs)
    await program.kill()
    await started
    await program.start()
    const { id } = await controlPlane.token('checkout')
    const certificates = await controlPlane.certificates()
    return id === '' || certificates.length !== 1 ? [`killed after ${killAfterMs} ms: ${JSON.stringify(certificates)}`] : []
  } catch (error) {
    return [`killed after ${killAfterMs} ms: ${String(error)}`]
  } finally {
    await program.kill()
    await rm(folder, { recursive: true, force: true })
  }
}
