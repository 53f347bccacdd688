/**
 * The trial of one version on one workload: who tries it, and how far that is.
 */
import type { Timer } from '../../proxy/runtime/clock.ts'
import type { RolledOut } from './rollout.ts'

export type Stage =
  | { readonly kind: 'trying' }
  | { readonly kind: 'settling'; readonly timer: Timer }
  /** The canary's connection broke. It may be back, or the version was its end. */
  | { readonly kind: 'lost'; readonly timer: Timer }
  | { readonly kind: 'stopped'; readonly by: 'refusal' | 'loss'; readonly reason: string }

export interface Trial {
  canary: RolledOut
  stage: Stage
  /** Ids of the nodes that tried it, broke off and did not come back in time. */
  readonly lost: readonly string[]
}

/** Whatever it waits for is not to happen any more. */
export function endOf({ stage }: Trial): void {
  if (stage.kind === 'settling' || stage.kind === 'lost') stage.timer.cancel()
}

/** Those that should have the version. */
export function wanting(members: Iterable<RolledOut>, version: string): RolledOut[] {
  return [...members].filter(({ member }) => member.snapshot.version === version)
}

export function updateAll(members: Iterable<RolledOut>, version: string): void {
  for (const sidecar of wanting(members, version)) sidecar.update()
}

/**
 * A sidecar that has the version already needs no persuading, then the one that was tried on last, then the one that is here longest.
 * @param last the canary of the version before.
 */
export function choose(members: Iterable<RolledOut>, version: string, last: RolledOut | null): RolledOut | undefined {
  const candidates = wanting(members, version)
  return candidates.find(({ served }) => served === version) ?? candidates.find((one) => one === last) ?? candidates[0]
}

/** Whether this is the node whose connection broke off, on a new one. */
export function isBack({ canary, stage }: Trial, version: string, { node, member }: RolledOut): boolean {
  return stage.kind === 'lost' && canary.node.id === node.id && member.snapshot.version === version
}

export function isRefused({ stage }: Trial): boolean {
  return stage.kind === 'stopped' && stage.by === 'refusal'
}

export function refusedBy({ node }: RolledOut, version: string, reason: string): Stage {
  return { kind: 'stopped', by: 'refusal', reason: `the canary ${node.id} refused ${version}: ${reason}` }
}

/** @param lost ids of the nodes. */
export function lostWith(lost: readonly string[], version: string): Stage {
  return { kind: 'stopped', by: 'loss', reason: `the canaries ${lost.join(' and ')} broke off while they tried ${version}` }
}

/** Why a sidecar that is not the canary has to wait. */
export function whyHeldBack({ canary, stage }: Trial, version: string): string {
  const { id } = canary.node
  switch (stage.kind) {
    case 'trying':
      return `waits for the canary ${id} to accept ${version}`
    case 'settling':
      return `waits for ${version} to settle on the canary ${id}`
    case 'lost':
      return `waits for the canary ${id}, whose connection broke off while it tried ${version}`
    case 'stopped':
      return stage.reason
    default:
      return stage satisfies never
  }
}
