/**
 * The access log: one line a call and one a mirror, in the form and to the target that the configuration names.
 */
import type { AccessLogConfig } from '../../config/schema/bootstrap.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { LogEntry } from './entry.ts'
import { jsonLine, textLine } from './line.ts'
import { LineBuffer } from './line-buffer.ts'
import { type LogTarget, ReopenedTarget } from './reopened-target.ts'

export interface AccessLog {
  /** False where the log is off: no entry needs to be filled. */
  readonly enabled: boolean
  /** Lines lost because the target was slow, full or gone. */
  readonly dropped: number
  append(entry: LogEntry): void
  /** Opens the file anew (after rotation); stdout and stderr have nothing to open. Keeps the old one when that fails. */
  reopen(): void
  /** Resolves when all lines are written or lost. */
  drained(): Promise<void>
  /** Closes the target; what still waits, or comes later, is lost and counted. */
  close(): void
}

const off: AccessLog = {
  enabled: false,
  dropped: 0,
  append: () => undefined,
  reopen: () => undefined,
  drained: () => Promise.resolve(),
  close: () => undefined,
}

/** Opens what `to` of the configuration names. @throws ProxyError when it cannot be opened. */
export type OpenTarget = (to: string) => LogTarget

/** @param open default: the target is this thread's own. @throws ProxyError when the file cannot be opened. */
export function createAccessLog(
  config: AccessLogConfig | undefined,
  logger: Logger,
  clock: Clock,
  open: OpenTarget = (to) => new ReopenedTarget(to, logger),
): AccessLog {
  if (config === undefined || config.format === 'off') return off
  const format = config.format === 'json' ? jsonLine : textLine
  const target = open(config.to)
  const lines = new LineBuffer((bytes, done) => target.write(bytes, done), logger, clock)
  return {
    enabled: true,
    get dropped() {
      return lines.dropped
    },
    append: (entry) => lines.append(format(entry)),
    reopen: () => target.reopen(),
    drained: () => lines.idle(),
    close: () => target.close(),
  }
}
