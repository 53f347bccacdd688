/**
 * The TCP sockets of a process, in words, for whoever has to find out which one was left open.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Linux's numbers of the states that a socket may be left in (include/net/tcp_states.h). */
const states: Readonly<Record<string, string>> = {
  '01': 'established',
  '04': 'fin-wait-1',
  '05': 'fin-wait-2',
  '08': 'close-wait',
  '0A': 'listens',
}

function portOf(address: string | undefined): number {
  return Number.parseInt(address?.split(':')[1] ?? '', 16)
}

/** One line each: local port, remote port, state. */
export function openSockets(pid: number): string[] {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)))
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1)
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => inodes.has(`socket:[${columns[9]}]`))
    .map(([, local, remote, state = '']) => `${portOf(local)} to ${portOf(remote)}: ${states[state] ?? state}`)
}

/** Empty when it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
