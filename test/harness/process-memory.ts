/**
 * What a process uses, as Linux counts it in /proc.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** False where there is no /proc to read (macOS, Windows). */
export const hasProc = existsSync('/proc/self/status')

/** Resident memory in MiB; 0 where there is no /proc. */
export function residentMiB(pid: number): number {
  return figureOf(pid, 'VmRSS')
}

/** Resident memory at its highest so far, in MiB; 0 where there is no /proc. */
export function peakMiB(pid: number): number {
  return figureOf(pid, 'VmHWM')
}

function figureOf(pid: number, which: string): number {
  if (!hasProc) return 0
  const line = new RegExp(`${which}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1024
}

/** Open file descriptors, and how many of them are sockets. */
export function openDescriptors(pid: number): { readonly all: number; readonly sockets: number } {
  const folder = `/proc/${pid}/fd`
  const links = readdirSync(folder).map((name) => linkOf(`${folder}/${name}`))
  return { all: links.length, sockets: links.filter((link) => link.startsWith('socket:')).length }
}

/** Empty when it was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
