/**
 * What the sidecar says about itself (starting, reloading, refusing), one logfmt line each, on stderr.
 * Calls are not its business: they have the access log.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Logger {
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

function quote(value: string): string {
  return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value
}

/** @param write takes whole lines, newline included. */
export function createLogger(write: (line: string) => void, wall: () => number): Logger {
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const pairs = Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => ` ${name}=${quote(String(value))}`)
      write(`${new Date(wall()).toISOString()} ${level} ${quote(message)}${pairs.join('')}\n`)
    }
  return { info: line('info'), warn: line('warn'), error: line('error') }
}
