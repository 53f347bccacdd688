/**
 * `rollout: canary`: a version goes first to one connected sidecar of each workload, the canary. When that has accepted it and a while
 * has passed, the others get it too; when it refuses, the others keep what they have.
 *
 * Invariants: while a version is on trial, no sidecar of the workload but the canary is sent it; one version of a workload has at most
 * one trial. A canary that leaves is replaced; a version that nobody should have any more has no trial.
 */
import type { Clock, Timer } from '../../proxy/runtime/clock.ts'
import { forgetOldest } from './recent-routings.ts'
import type { Decision, RolledOut, Rollout } from './rollout.ts'
import type { PushedRouting } from './routing-store.ts'

/** From the canary's acceptance to everybody else. */
const settleMs = 2_000
/** Versions of one workload that everybody may have. */
const releasedKept = 8
/** Of sidecars that differ in a label; for those that start while a version is on trial. */
const fallbacksKept = 10_000

type Stage =
  | { readonly kind: 'trying' }
  | { readonly kind: 'settling'; readonly timer: Timer }
  | { readonly kind: 'stopped'; readonly reason: string }

interface Trial {
  canary: RolledOut
  stage: Stage
}

interface Workload {
  readonly members: Set<RolledOut>
  readonly trials: Map<string, Trial>
  readonly released: Map<string, true>
  /** Was the canary of a version that was superseded: the next one is best tried there too. */
  lastCanary: RolledOut | null
}

export class CanaryRollout implements Rollout {
  readonly #clock: Clock
  readonly #workloads = new Map<string, Workload>()
  /** By selection: the last routing that everybody might have. */
  readonly #fallbacks = new Map<string, PushedRouting>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  joined(sidecar: RolledOut): void {
    const workload = this.#workloads.get(sidecar.workload) ?? newWorkload()
    this.#workloads.set(sidecar.workload, workload)
    workload.members.add(sidecar)
    // What it serves already was rolled out by this control plane before it restarted, or by another.
    const { served } = sidecar
    if (served !== null && served === sidecar.member.snapshot.version && !workload.trials.has(served)) this.#markReleased(workload, served)
  }

  left(sidecar: RolledOut): void {
    const workload = this.#workloads.get(sidecar.workload)
    if (workload?.members.delete(sidecar) !== true) return
    if (workload.lastCanary === sidecar) workload.lastCanary = null
    for (const [version, trial] of workload.trials) {
      if (trial.canary === sidecar && trial.stage.kind !== 'stopped') this.#replace(workload, version, trial)
    }
    this.#prune(workload)
    if (workload.members.size === 0) this.#workloads.delete(sidecar.workload)
  }

  decide(sidecar: RolledOut): Decision {
    const { snapshot } = sidecar.member
    const workload = this.#workloads.get(sidecar.workload)
    if (workload === undefined) return { target: null, heldBack: '' }
    if (this.#isReleased(workload, sidecar)) {
      this.#remember(sidecar.selection, snapshot)
      return { target: snapshot, heldBack: '' }
    }
    if (sidecar.served === snapshot.version) return { target: snapshot, heldBack: '' }
    const trial = workload.trials.get(snapshot.version) ?? this.#begin(workload, snapshot.version)
    if (trial === undefined || trial.canary === sidecar) return { target: snapshot, heldBack: '' }
    return { target: this.#fallbacks.get(sidecar.selection) ?? null, heldBack: whyHeldBack(trial, snapshot.version) }
  }

  accepted(sidecar: RolledOut, version: string): void {
    const workload = this.#workloads.get(sidecar.workload)
    const trial = workload?.trials.get(version)
    if (workload === undefined || trial?.canary !== sidecar || trial.stage.kind !== 'trying') return
    trial.stage = this.#settling(workload, version)
    updateAll(workload, version)
  }

  refused(sidecar: RolledOut, version: string, reason: string): void {
    const workload = this.#workloads.get(sidecar.workload)
    const trial = workload?.trials.get(version)
    if (workload === undefined || trial?.canary !== sidecar || trial.stage.kind !== 'trying') return
    trial.stage = { kind: 'stopped', reason }
    updateAll(workload, version)
  }

  changed(): void {
    for (const workload of this.#workloads.values()) this.#prune(workload)
  }

  #isReleased({ released }: Workload, { member, selection }: RolledOut): boolean {
    const { version } = member.snapshot
    return released.has(version) || this.#fallbacks.get(selection)?.version === version
  }

  #begin(workload: Workload, version: string): Trial | undefined {
    const canary = choose(workload, version)
    if (canary === undefined) return undefined
    const trial: Trial = { canary, stage: this.#firstStage(workload, version, canary) }
    workload.trials.set(version, trial)
    canary.update()
    return trial
  }

  /** A canary that has the version, or has refused it, is not sent it again. */
  #firstStage(workload: Workload, version: string, canary: RolledOut): Stage {
    if (canary.served === version) return this.#settling(workload, version)
    return canary.refused?.version === version ? { kind: 'stopped', reason: canary.refused.reason } : { kind: 'trying' }
  }

  #settling(workload: Workload, version: string): Stage {
    return { kind: 'settling', timer: this.#clock.after(settleMs, () => this.#release(workload, version)) }
  }

  #replace(workload: Workload, version: string, trial: Trial): void {
    endOf(trial)
    workload.trials.delete(version)
    this.#begin(workload, version)
    updateAll(workload, version)
  }

  #release(workload: Workload, version: string): void {
    workload.trials.delete(version)
    this.#markReleased(workload, version)
    updateAll(workload, version)
  }

  #remember(selection: string, snapshot: PushedRouting): void {
    this.#fallbacks.delete(selection)
    this.#fallbacks.set(selection, snapshot)
    forgetOldest(this.#fallbacks, fallbacksKept)
  }

  #markReleased({ released }: Workload, version: string): void {
    released.delete(version)
    released.set(version, true)
    forgetOldest(released, releasedKept)
  }

  #prune(workload: Workload): void {
    for (const [version, trial] of workload.trials) {
      if (wanting(workload, version).length > 0) continue
      endOf(trial)
      workload.trials.delete(version)
      if (workload.members.has(trial.canary)) workload.lastCanary = trial.canary
    }
  }
}

function newWorkload(): Workload {
  return { members: new Set(), trials: new Map(), released: new Map(), lastCanary: null }
}

/** Those that should have the version. */
function wanting({ members }: Workload, version: string): RolledOut[] {
  return [...members].filter(({ member }) => member.snapshot.version === version)
}

function updateAll(workload: Workload, version: string): void {
  for (const sidecar of wanting(workload, version)) sidecar.update()
}

/** A sidecar that has the version already needs no persuading, then the one that was tried on last, then the one that is here longest. */
function choose(workload: Workload, version: string): RolledOut | undefined {
  const candidates = wanting(workload, version)
  return candidates.find(({ served }) => served === version) ?? candidates.find((one) => one === workload.lastCanary) ?? candidates[0]
}

function endOf({ stage }: Trial): void {
  if (stage.kind === 'settling') stage.timer.cancel()
}

function whyHeldBack({ canary, stage }: Trial, version: string): string {
  const { id } = canary.node
  switch (stage.kind) {
    case 'trying':
      return `waits for the canary ${id} to accept ${version}`
    case 'settling':
      return `waits for ${version} to settle on the canary ${id}`
    case 'stopped':
      return `the canary ${id} refused ${version}: ${stage.reason}`
    default:
      return stage satisfies never
  }
}
