/**
 * The machine that the figures came from.
 */
import { cpus, loadavg, release, totalmem, type } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** Of the minute before the run. */
  readonly loadAverage: number
}

export function describeMachine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    kernel: `${type()} ${release()}`,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  }
}

/** A word for file names: results of one kind of host can be compared. */
export function hostKind({ cpu, cores }: Machine): string {
  const model = cpu
    .toLowerCase()
    .replaceAll(/\((r|tm)\)|processor|cpu.*$|\d+-core/g, ' ')
    .replaceAll(/[^a-z0-9]+/g, '-')
  return `${model}-${cores}-cores`.replaceAll(/-+/g, '-').replace(/^-/, '')
}
