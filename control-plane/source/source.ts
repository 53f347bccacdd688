/**
 * The seam for sources of routing: they publish resources, and nothing else. Who gets them is decided in snapshot/.
 */
import type { ConfigError } from '../../proxy/config/config-error.ts'
import type { JsonObject, Kind } from '../../proxy/config/push/routing.ts'

/** Whom an object is for: all that is named has to fit. null is everybody. */
export interface Selector {
  readonly namespace?: string
  readonly workload?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface Resource {
  readonly kind: Kind
  readonly name: string
  /** Without `for`, otherwise as it was written. */
  readonly body: JsonObject
  /** Of the file and of the object, both have to fit. */
  readonly selectors: readonly Selector[]
  readonly origin: { readonly file: string; readonly line: number; readonly column: number }
}

/** Everything that the source says at one moment. Objects with errors are left out of `resources`, or are there as they last were valid. */
export interface Publication {
  readonly resources: readonly Resource[]
  readonly errors: readonly ConfigError[]
}

export interface Source {
  /** Publishes once before it resolves, and again at each change. */
  start(publish: (publication: Publication) => void): Promise<void>
  close(): Promise<void>
}
