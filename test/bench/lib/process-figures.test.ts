import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startChild } from '../../../bench/lib/child.ts'
import { nextMessage } from '../../../bench/lib/messages.ts'
import { cpuMicros, parseStat, processTree, rssMiB } from '../../../bench/lib/process-figures.ts'

/** Starts a child of its own, uses 100 ms of CPU, and says who they are. */
const program = `
  const { spawn } = require('node:child_process')
  const sleeper = spawn('sleep', ['60'])
  while (process.cpuUsage().user < 100_000);
  process.send({ sleeper: sleeper.pid })
`

async function startParent() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return startChild([process.execPath, '-e', program], { output: join(folder, 'out'), ipc: true })
}

/** A zombie, whose parent has not asked for its exit code yet, has ended too. */
function running(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

describe('process figures', () => {
  it('reads parent and ticks behind a command name with spaces and brackets', () => {
    const line = '42 (a) b (c)) S 7 42 42 0 -1 4194304 100 0 0 0 123 45 6 7 20 0 1 0 100 1 1'
    expect(parseStat(line)).toEqual({ parent: 7, ticks: 168 })
  })

  it('takes in children, their CPU time and their memory, and stop ends them all', async () => {
    const parent = await startParent()
    const { sleeper } = await nextMessage<{ sleeper: number }>(parent)
    expect(processTree(parent.pid)).toEqual([parent.pid, sleeper])
    expect(cpuMicros([parent.pid, sleeper])).toBeGreaterThanOrEqual(90_000)
    expect(rssMiB([parent.pid, sleeper])).toBeGreaterThan(rssMiB([sleeper]))
    await parent.stop()
    await expect.poll(() => running(sleeper)).toBe(false)
    expect(parent.alive).toBe(false)
  })
})
