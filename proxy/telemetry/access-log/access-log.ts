/**
 * The access log: one line a call and one a mirror, in the form and to the target that the configuration names.
 */
import type { AccessLogConfig } from '../../config/schema/bootstrap.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { LogEntry } from './entry.ts'
import { jsonLine, textLine } from './line.ts'
import { LineBuffer } from './line-buffer.ts'
import { type LogTarget, openTarget } from './target.ts'

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

/** @throws ProxyError when the file cannot be opened. */
export function createAccessLog(config: AccessLogConfig | undefined, logger: Logger, clock: Clock): AccessLog {
  if (config === undefined || config.format === 'off') return off
  const format = config.format === 'json' ? jsonLine : textLine
  let target = openTarget(config.to)
  const lines = new LineBuffer((bytes, done) => target.write(bytes, done), logger, clock)
  return {
    enabled: true,
    get dropped() {
      return lines.dropped
    },
    append: (entry) => lines.append(format(entry)),
    reopen() {
      if (config.to !== 'stdout' && config.to !== 'stderr') target = reopened(config.to, target, logger)
    },
    drained: () => lines.idle(),
    close: () => target.close(),
  }
}

function reopened(path: string, old: LogTarget, logger: Logger): LogTarget {
  try {
    const target = openTarget(path)
    old.close()
    return target
  } catch (error) {
    logger.error('the access log could not be reopened; the old file is kept', { reason: String(error) })
    return old
  }
}
