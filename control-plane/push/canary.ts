/**
 * `rollout: canary`: a version goes first to one connected sidecar of each workload, the canary. When that has accepted it and a while
 * has passed, the others get it too; when it refuses, the others keep what they have.
 *
 * Invariants: while a version is on trial, no sidecar of the workload but the canary is sent it; one version of a workload has at most
 * one trial. A canary that leaves in order is replaced at once. One whose connection breaks off may have died of the version: it is waited
 * for, and after the second the trial stops. A version that nobody should have any more has no trial.
 */
import type { Clock } from '../../proxy/runtime/clock.ts'
import { forgetOldest } from './recent-routings.ts'
import type { Decision, RolledOut, Rollout } from './rollout.ts'
import type { PushedRouting } from './routing-store.ts'
import { choose, endOf, isBack, isRefused, lostWith, refusedBy, type Stage, type Trial, updateAll, wanting, whyHeldBack } from './trial.ts'

/** From the canary's acceptance to everybody else. */
const settleMs = 2_000
/** A canary that broke off has so long to come back. */
const comeBackMs = 20_000
/** So many that did not come back are no coincidence. */
const mostLost = 2
/** Versions of one workload that everybody may have. */
const releasedKept = 8
/** Of sidecars that differ in a label; for those that start while a version is on trial. */
const fallbacksKept = 10_000

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
    for (const [version, trial] of workload.trials) if (isBack(trial, version, sidecar)) this.#resume(workload, version, trial, sidecar)
  }

  left(sidecar: RolledOut, lost: boolean): void {
    const workload = this.#workloads.get(sidecar.workload)
    if (workload?.members.delete(sidecar) !== true) return
    if (workload.lastCanary === sidecar) workload.lastCanary = null
    for (const [version, trial] of workload.trials) {
      if (trial.canary !== sidecar || trial.stage.kind === 'stopped') continue
      if (lost) this.#await(workload, version, trial)
      else this.#replace(workload, version, trial, trial.lost)
    }
    this.#prune(workload)
    if (workload.members.size === 0) this.#workloads.delete(sidecar.workload)
  }

  close(): void {
    for (const { trials } of this.#workloads.values()) for (const trial of trials.values()) endOf(trial)
    this.#workloads.clear()
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
    const fallback = this.#fallbackFor(workload, sidecar)
    // One that has nothing, and can be given nothing else, has nothing to lose by a refusal of its own.
    if (fallback === null && sidecar.served === null && isRefused(trial)) return { target: snapshot, heldBack: '' }
    return { target: fallback, heldBack: whyHeldBack(trial, snapshot.version) }
  }

  accepted(sidecar: RolledOut, version: string): void {
    const workload = this.#workloads.get(sidecar.workload)
    const trial = workload?.trials.get(version)
    if (workload === undefined || trial?.canary !== sidecar || trial.stage.kind !== 'trying') return
    trial.stage = this.#settling(workload, version)
    updateAll(workload.members, version)
  }

  refused(sidecar: RolledOut, version: string, reason: string): void {
    const workload = this.#workloads.get(sidecar.workload)
    const trial = workload?.trials.get(version)
    if (workload === undefined || trial?.canary !== sidecar || trial.stage.kind !== 'trying') return
    trial.stage = refusedBy(sidecar, version, reason)
    updateAll(workload.members, version)
  }

  changed(): void {
    for (const workload of this.#workloads.values()) this.#prune(workload)
  }

  #isReleased({ released }: Workload, { member, selection }: RolledOut): boolean {
    const { version } = member.snapshot
    return released.has(version) || this.#fallbacks.get(selection)?.version === version
  }

  /** A sidecar that has nothing yet gets what those have that are to have the same as it. */
  #fallbackFor({ members }: Workload, { selection, served, member }: RolledOut): PushedRouting | null {
    const own = this.#fallbacks.get(selection)
    if (own !== undefined || served !== null) return own ?? null
    for (const alike of wanting(members, member.snapshot.version)) {
      const fallback = this.#fallbacks.get(alike.selection)
      if (fallback !== undefined) return fallback
    }
    return null
  }

  #begin(workload: Workload, version: string, lost: readonly string[] = []): Trial | undefined {
    const canary = choose(workload.members, version, workload.lastCanary)
    if (canary === undefined) return undefined
    const trial: Trial = { canary, stage: this.#firstStage(workload, version, canary), lost }
    workload.trials.set(version, trial)
    canary.update()
    return trial
  }

  /** A canary that has the version, or has refused it, is not sent it again. */
  #firstStage(workload: Workload, version: string, canary: RolledOut): Stage {
    if (canary.served === version) return this.#settling(workload, version)
    const { refused } = canary
    return refused?.version === version ? refusedBy(canary, version, refused.reason) : { kind: 'trying' }
  }

  #settling(workload: Workload, version: string): Stage {
    return { kind: 'settling', timer: this.#clock.after(settleMs, () => this.#release(workload, version)) }
  }

  /** A new stream of the same node may be there before the old one is known to be dead. */
  #await(workload: Workload, version: string, trial: Trial): void {
    endOf(trial)
    trial.stage = { kind: 'lost', timer: this.#clock.after(comeBackMs, () => this.#giveUp(workload, version, trial)) }
    const back = [...workload.members].find((sidecar) => isBack(trial, version, sidecar))
    if (back !== undefined) this.#resume(workload, version, trial, back)
    updateAll(workload.members, version)
  }

  #resume(workload: Workload, version: string, trial: Trial, canary: RolledOut): void {
    endOf(trial)
    trial.canary = canary
    trial.stage = this.#firstStage(workload, version, canary)
  }

  #giveUp(workload: Workload, version: string, trial: Trial): void {
    const lost = [...trial.lost, trial.canary.node.id]
    if (lost.length < mostLost) return this.#replace(workload, version, trial, lost)
    trial.stage = lostWith(lost, version)
    updateAll(workload.members, version)
  }

  #replace(workload: Workload, version: string, trial: Trial, lost: readonly string[]): void {
    endOf(trial)
    workload.trials.delete(version)
    this.#begin(workload, version, lost)
    updateAll(workload.members, version)
  }

  #release(workload: Workload, version: string): void {
    workload.trials.delete(version)
    this.#markReleased(workload, version)
    updateAll(workload.members, version)
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
      if (wanting(workload.members, version).length > 0) continue
      endOf(trial)
      workload.trials.delete(version)
      if (workload.members.has(trial.canary)) workload.lastCanary = trial.canary
    }
  }
}

function newWorkload(): Workload {
  return { members: new Set(), trials: new Map(), released: new Map(), lastCanary: null }
}
