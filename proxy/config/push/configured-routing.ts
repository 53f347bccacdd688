/**
 * What a sidecar serves: the routing of its own file and the routing that was pushed, together.
 *
 * Invariants: a value of this class never changes, and holds nothing that is invalid; from it the next one is made, or a reason why not.
 * An object that has not changed is the very same object in the next one, so what was built from it can be kept.
 * Only what changed is read and checked again, and what others say of it: one route among 10,000 costs little.
 */
import { createHash } from 'node:crypto'
import type { Steps } from '../../runtime/steps.ts'
import type { LoadedConfig } from '../load.ts'
import { type Changes, changesTo, nothingPushed, type PushedObjects } from './changes.ts'
import { checkTogether } from './check-together.ts'
import { ObjectReader } from './object-reader.ts'
import { reasonOf } from './reason.ts'
import type { Routing, RoutingChange } from './routing.ts'
import { editedKinds, nothingRemoved, objectsOf, type RoutingObjects } from './routing-objects.ts'
import { shownRouting } from './shown-routing.ts'

/** `reason` names each object by its path, in one line. */
export type Outcome = { readonly ok: true; readonly routing: ConfiguredRouting } | { readonly ok: false; readonly reason: string }

interface Parts {
  readonly own: LoadedConfig
  readonly ownObjects: RoutingObjects
  /** As it came. */
  readonly pushed: PushedObjects
  /** null before anything was pushed. */
  readonly pushedVersion: string | null
  /** Both. */
  readonly objects: RoutingObjects
}

export class ConfiguredRouting {
  readonly #parts: Parts
  #digest: string | null = null

  /** Before anything was pushed. @param own was checked when it was loaded. */
  static of(own: LoadedConfig): ConfiguredRouting {
    const objects = objectsOf(own.config, null)
    return new ConfiguredRouting({ own, ownObjects: objects, pushed: nothingPushed, pushedVersion: null, objects })
  }

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  get own(): LoadedConfig {
    return this.#parts.own
  }

  get objects(): RoutingObjects {
    return this.#parts.objects
  }

  get pushedVersion(): string | null {
    return this.#parts.pushedVersion
  }

  /** Of what was pushed, where there is a control plane (`none` before that); else a digest of the file's own routing. */
  get version(): string {
    const { pushedVersion, own } = this.#parts
    if (pushedVersion !== null) return pushedVersion
    if (own.config.controlPlane !== undefined) return 'none'
    this.#digest ??= digestOf(own)
    return this.#digest
  }

  /** In the language of files, defaults filled in, secrets redacted. */
  shown(): Readonly<Record<string, unknown>> {
    return shownRouting(this.#parts.own, this.#parts.pushed, !isDefaultReplaced(this.#parts))
  }

  /** @param content all that is pushed now, or what is different from what was pushed before. */
  *withPushed(version: string, content: Routing | RoutingChange): Steps<Outcome> {
    const { own, ownObjects, pushed, objects } = this.#parts
    const changes = yield* changesTo(pushed, content)
    const reader = new ObjectReader(own, ownObjects)
    const parsed = yield* reader.read(changes.set)
    if (reader.findings.length > 0) return { ok: false, reason: reasonOf(reader.findings) }
    return yield* ConfiguredRouting.#together(
      {
        own,
        ownObjects,
        pushed: yield* editedKinds(pushed, changes.set, changes.remove),
        pushedVersion: version,
        objects: yield* editedKinds(objects, parsed, changes.remove),
      },
      changes,
    )
  }

  /** The file was read again; what was pushed stays, with the secrets that there are now. */
  *withOwn(own: LoadedConfig): Steps<Outcome> {
    const { ownObjects: before, pushed, pushedVersion, objects } = this.#parts
    const ownObjects = objectsOf(own.config, before)
    const reader = new ObjectReader(own, ownObjects)
    const parsed = yield* reader.readAgain(pushed, objects)
    if (reader.findings.length > 0) return { ok: false, reason: reasonOf(reader.findings) }
    const both = yield* editedKinds(ownObjects, parsed, nothingRemoved)
    return yield* ConfiguredRouting.#together({ own, ownObjects, pushed, pushedVersion, objects: both }, null)
  }

  /** @param changes null where it is not known what changed. */
  static *#together(parts: Parts, changes: Changes | null): Steps<Outcome> {
    const objects = { ...parts.objects, listeners: listenersOf(parts) }
    const findings = yield* checkTogether(objects, parts.own.config, changes)
    if (findings.length > 0) return { ok: false, reason: reasonOf(findings) }
    return { ok: true, routing: new ConfiguredRouting({ ...parts, objects }) }
  }
}

/** Nobody wrote the default listener down: it stands back as soon as listeners are pushed. */
function isDefaultReplaced({ own, pushed }: Parts): boolean {
  return !own.ownListeners && pushed.listeners.size > 0
}

function listenersOf(parts: Parts): RoutingObjects['listeners'] {
  const pushed = [...parts.objects.listeners].filter(([name]) => parts.pushed.listeners.has(name))
  return new Map(isDefaultReplaced(parts) ? pushed : [...parts.ownObjects.listeners, ...pushed])
}

function digestOf({ config: { listeners, upstreams, routes } }: LoadedConfig): string {
  return createHash('sha256').update(JSON.stringify({ listeners, upstreams, routes })).digest('hex').slice(0, 16)
}
