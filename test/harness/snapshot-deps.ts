/**
 * What a snapshot is built with, without a socket: upstreams that only know whether they were closed.
 */
import { ownWheel } from '../../proxy/choice/wheel.ts'
import type { SnapshotDeps } from '../../proxy/snapshot.ts'
import type { Upstream, UpstreamFigures } from '../../proxy/upstream/upstream.ts'
import { ManualClock } from './manual-clock.ts'

export interface CountedSnapshotDeps extends SnapshotDeps {
  /** Created and not closed. */
  readonly open: Set<Upstream>
  /** Upstreams made, in order, as `role name`. */
  readonly made: string[]
}

export function snapshotDeps(): CountedSnapshotDeps {
  const open = new Set<Upstream>()
  const made: string[] = []
  return {
    open,
    made,
    clock: new ManualClock(),
    random: { float: () => 0.5, hex: (bytes) => '01'.repeat(bytes) },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    background: { begin: () => undefined, end: () => undefined },
    wheel: () => ownWheel,
    expression: (text) => ({ text, evaluate: () => Promise.resolve('null') }),
    createUpstream(name, config, role) {
      const upstream: Upstream = {
        name,
        config,
        dispatch: () => undefined,
        figures: (): UpstreamFigures => {
          throw new Error('nobody looks at these')
        },
        close: () => void open.delete(upstream),
      }
      open.add(upstream)
      made.push(`${role} ${name}`)
      return upstream
    },
  }
}
