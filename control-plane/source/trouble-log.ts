/**
 * Says each trouble once when it appears and once when it is gone, however often the same is found in between.
 */
import type { LogFields, Logger } from '../../proxy/runtime/logger.ts'

export interface Trouble {
  /** The same text is the same trouble: without line numbers, as those move with every edit above. */
  readonly key: string
  readonly fields: LogFields
  /** What came of it; said when it appears only. */
  readonly effect: LogFields
}

export class TroubleLog {
  readonly #logger: Logger
  readonly #appeared: string
  readonly #gone: string
  #known = new Map<string, Trouble>()

  constructor(logger: Logger, messages: { readonly appeared: string; readonly gone: string }) {
    this.#logger = logger
    this.#appeared = messages.appeared
    this.#gone = messages.gone
  }

  /** @param troubles all that there are now. */
  update(troubles: readonly Trouble[]): void {
    const now = new Map(troubles.map((trouble) => [trouble.key, trouble]))
    for (const [key, { fields, effect }] of now) if (!this.#known.has(key)) this.#logger.error(this.#appeared, { ...fields, ...effect })
    for (const [key, { fields }] of this.#known) if (!now.has(key)) this.#logger.info(this.#gone, fields)
    this.#known = now
  }
}
