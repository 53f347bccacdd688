/**
 * The audit log: a JSON line for every certificate issued or refused and every change of the root, in `audit.log` of the state folder.
 * It only grows; whoever rotates it moves it away and restarts, or copies and truncates it. Never holds a secret.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { Clock } from '../../proxy/runtime/clock.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { StateFolder } from './state-folder.ts'

export interface AuditEntry {
  readonly event: 'issued' | 'refused' | 'root'
  /** `token <id>` or `certificate <serial>`; `authority` for what the control plane does for itself. */
  readonly by?: string
  readonly spiffeId?: string
  readonly serial?: string
  /** ISO 8601. */
  readonly notAfter?: string
  readonly reason?: string
  /** Of the caller. */
  readonly address?: string
}

export interface Audit {
  /** @throws when the line cannot be written: what nobody could look up later must not happen. */
  append(entry: AuditEntry): void
  /** For what has not happened: where the line cannot be written, the log says so. */
  note(entry: AuditEntry): void
  close(): void
}

/** @throws what the file system throws. */
export function openAudit(folder: StateFolder, clock: Clock, logger: Logger): Audit {
  const file = openSync(folder.file('audit.log'), 'a+', 0o600)
  endLine(file)
  const append = (entry: AuditEntry) =>
    void writeSync(file, `${JSON.stringify({ time: new Date(clock.wall()).toISOString(), ...entry })}\n`)
  const note = (entry: AuditEntry) => {
    try {
      append(entry)
    } catch (error) {
      logger.error('the audit log cannot be written', { reason: String(error) })
    }
  }
  return { append, note, close: () => closeSync(file) }
}

/** A machine that died while a line was written left a part of it, which the next line must not run into. */
function endLine(file: number): void {
  const { size } = fstatSync(file)
  const last = Buffer.from('\n')
  if (size > 0) readSync(file, last, 0, 1, size - 1)
  if (last.toString() !== '\n') writeSync(file, '\n')
}
