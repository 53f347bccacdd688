/**
 * What a process and its children have used, read from Linux's /proc.
 *
 * CPU time is exact to one clock tick (10 ms) for each process, which is why windows of some seconds are measured.
 */
import { readFileSync, readdirSync } from 'node:fs'

/** `USER_HZ`, the unit of /proc/PID/stat: 100 on every Linux architecture that Node runs on. */
const ticksPerSecond = 100

interface Stat {
  readonly parent: number
  readonly ticks: number
}

/** The command name, field 2, may hold spaces and brackets: fields are counted from behind its last bracket (proc_pid_stat(5)). */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
}

function readStat(pid: number): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
}

/** @returns the process and all that descend from it. */
export function processTree(root: number): number[] {
  const tree = [root]
  const parents = allProcesses().map((pid) => [pid, readStat(pid)?.parent] as const)
  for (const member of tree) {
    for (const [pid, parent] of parents) if (parent === member) tree.push(pid)
  }
  return tree
}

/** User and system time of these processes since their start, in microseconds. */
export function cpuMicros(pids: readonly number[]): number {
  const ticks = pids.reduce((sum, pid) => sum + (readStat(pid)?.ticks ?? 0), 0)
  return (ticks * 1_000_000) / ticksPerSecond
}

/** Resident memory (VmRSS) of these processes together, in MiB; pages that they share count for each. */
export function rssMiB(pids: readonly number[]): number {
  const kib = pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0))
  return kib.reduce((sum, one) => sum + one, 0) / 1024
}

/** Ten clock ticks: less CPU time than that is too little to divide by calls (a proxy that hangs, or none). */
const leastCpuMicros = 100_000

/** @returns null where there is too little of it to tell. */
export function cpuMicrosPerCall(micros: number, calls: number): number | null {
  return micros < leastCpuMicros ? null : micros / Math.max(1, calls)
}
