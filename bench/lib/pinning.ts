/**
 * Which CPU runs what: the proxy has one to itself, the load generator and the origins share the rest.
 * Without `taskset`, or with a single CPU, nothing is pinned and the results say so.
 */
import { readFileSync } from 'node:fs'
import { findProgram } from './programs.ts'

export interface Pinning {
  /** CPU lists in the syntax of `taskset -c`; null where nothing is pinned. */
  readonly proxy: string | null
  readonly others: string | null
}

/** @param list as in /proc/self/status, such as `0-2,5`. */
export function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [from = '', to = from] = part.trim().split('-')
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i)
  })
}

function allowedCpus(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8')
  return parseCpuList(/^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1] ?? '0')
}

export function choosePinning(): Pinning {
  const [first, ...rest] = allowedCpus()
  if (findProgram('taskset') === undefined || first === undefined || rest.length === 0) return { proxy: null, others: null }
  return { proxy: String(first), others: rest.join(',') }
}

/** `taskset` executes the command in its own place, so that the process id stays that of the program. */
export function pinned(cpus: string | null, command: readonly string[]): string[] {
  return cpus === null ? [...command] : ['taskset', '-c', cpus, ...command]
}
