/**
 * `npm run test:soak -- --mesh rotation --minutes 10`: the whole mesh as real processes under load, while something is done to it.
 * Says what it found; what is wrong makes the exit code 1.
 */
import type { SoakOptions } from '../options.ts'
import { firstStarts } from './first-starts.ts'
import { kills } from './kills.ts'
import { rootChange } from './root-change.ts'
import { rotation } from './rotation.ts'
import type { MeshRun } from './runs.ts'
import { snapshots } from './snapshots.ts'
import type { MeshVerdict } from './verdict.ts'

/** @returns the exit code. */
export async function soakMesh(run: MeshRun, options: SoakOptions, say: (line: string) => void): Promise<number> {
  const { facts, wrong } = await verdictOf(run, options)
  for (const line of facts) say(line)
  for (const line of wrong) say(`WRONG: ${line}`)
  say(wrong.length === 0 ? `${run}: all is well` : `${run}: ${wrong.length} things are wrong`)
  return wrong.length === 0 ? 0 : 1
}

function verdictOf(run: MeshRun, { minutes, callsPerSecond, seed }: SoakOptions): Promise<MeshVerdict> {
  const load = { callsPerSecond, seed }
  switch (run) {
    case 'rotation': {
      const ends = Date.now() + minutes * 60_000
      return rotation({ ...load, ttl: '60s', enough: () => Date.now() >= ends })
    }
    case 'root-change':
      return rootChange({ ...load, ttl: '60s', overlap: '20s', toTheEnd: true })
    case 'kills': {
      const ends = Date.now() + minutes * 60_000
      return kills({ ...load, ttl: '60s', enough: () => Date.now() >= ends })
    }
    case 'first-starts':
      return firstStarts({ seed, rounds: 40, latestKillMs: 800 })
    case 'snapshots':
      return snapshots({ ...load, snapshots: 10_000, calls: 100_000 })
    default:
      return run satisfies never
  }
}
