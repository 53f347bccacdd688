/**
 * The seam for sources of routing: they publish resources, and nothing else. Who gets them is decided in snapshot/.
 */
import type { ConfigError, Position } from '../../proxy/config/config-error.ts'
import type { JsonObject, Kind } from '../../proxy/config/push/routing.ts'
import type { SelectorConfig } from '../../proxy/config/schema/selector.ts'

/** Whom an object is for: all that is named has to fit. */
export type Selector = Readonly<SelectorConfig>

export interface Resource {
  readonly kind: Kind
  readonly name: string
  /** Without `for`, otherwise as it was written. The same object as before where it says the same as before. */
  readonly body: JsonObject
  /** Of the file and of the object, both have to fit; none is everybody. */
  readonly selectors: readonly Selector[]
  readonly origin: Position
}

/** An object that is not served as it stands where the error is. */
export interface Concerned {
  readonly kind: Kind
  readonly name: string
  /** True: it is served as it last was valid. False: it is not served. */
  readonly held: boolean
}

export interface SourceError extends ConfigError {
  readonly concerns: readonly Concerned[]
}

/** Everything that the source says at one moment. Objects with errors are left out of `resources`, or are there as they last were valid. */
export interface Publication {
  /** Each kind and name once. */
  readonly resources: readonly Resource[]
  readonly errors: readonly SourceError[]
}

export interface Source {
  /** Publishes once before it resolves, and again at each change. */
  start(publish: (publication: Publication) => void): Promise<void>
  /** Looks at once, without waiting for word of a change. */
  readAgain(): void
  /** Nothing is published after it. */
  close(): Promise<void>
}
