/**
 * `npm run test:soak -- --minutes 10`: a sidecar under mixed load, with origins that fall ill and a configuration that changes.
 * It must neither grow nor keep a socket, hang no call, and say nothing of an internal fault. Exit code 1 when it does.
 * `-- --mesh RUN` does something to a whole mesh instead: mesh/main.ts.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { openDescriptors } from '../harness/process-memory.ts'
import { openSockets } from './open-sockets.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { load } from './load.ts'
import { readOptions, type SoakOptions } from './options.ts'
import { befall, Origin, type OriginPorts, patiently } from './origins.ts'
import { soakMesh } from './mesh/main.ts'
import { bootstrap, routing } from './routing.ts'
import { SidecarProcess } from './sidecar.ts'
import { secondHalf, slopePerMinute } from './slope.ts'
import { Tally } from './tally.ts'
import { complaints, type Findings, heldBulkheads } from './verdict.ts'
import { watch } from './watch.ts'

const reloadEveryMs = 5_000
/** Every kept-alive connection is closed by then: that to the collector carries its last spans 5 s after the load, and may stay for 6 s more. */
const idleMs = 15_000

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Puts a new edition of the configuration in place every few seconds. */
async function reconfigure(sidecar: SidecarProcess, edition: (n: number) => string, signal: AbortSignal): Promise<void> {
  for (let n = 1; !signal.aborted; n++) {
    await patiently(reloadEveryMs, signal)
    await sidecar.configure(edition(n))
  }
}

/** The evaluator of expressions is started by the first one, and stays. */
async function warmUp(sidecar: SidecarProcess): Promise<void> {
  const headers = { host: 't.test', 'content-type': 'application/json' }
  const { body } = await request(`http://127.0.0.1:${await sidecar.portOf('outbound')}/rewritten`, {
    method: 'POST',
    headers,
    body: '{"items":{"price":1}}',
    reset: true,
  })
  await body.dump()
}

async function soak(
  sidecar: SidecarProcess,
  origins: readonly Origin[],
  edition: (n: number) => string,
  options: SoakOptions,
): Promise<Findings> {
  const { minutes, callsPerSecond, seed } = options
  const tally = new Tally()
  const inspector = await sidecar.inspect()
  await warmUp(sidecar)
  await wait(idleMs)
  const before = openDescriptors(sidecar.pid).sockets
  const time = AbortSignal.timeout(minutes * 60_000)
  const target = { port: await sidecar.portOf('outbound'), callsPerSecond }
  const [watched, leftOut, illnesses] = await Promise.all([
    watch(sidecar, inspector, say, time),
    load(target, tally, new SeededRandom(seed), time),
    befall(origins, new SeededRandom(seed + 1), time),
    reconfigure(sidecar, edition, time),
  ])
  say(`${tally.total} calls, ${leftOut} left out, ${sidecar.applied} reloads, illnesses ${JSON.stringify(illnesses)}`)
  for (const line of tally.lines()) say(line)
  await wait(idleMs)
  const { alive } = sidecar
  const sockets = { before, after: alive ? openDescriptors(sidecar.pid).sockets : 0, open: alive ? openSockets(sidecar.pid) : [] }
  const held = alive ? heldBulkheads(await sidecar.page('/upstreams')) : []
  const slopes = { resident: slopePerMinute(secondHalf(watched.residentMiB)), held: slopePerMinute(secondHalf(watched.heldMiB)) }
  return { minutes, tally, slopes, sockets, held, faults: sidecar.faults, alive }
}

function report(findings: Findings): number {
  const { slopes, sockets } = findings
  if (sockets.after > sockets.before) for (const socket of sockets.open) say(`  ${socket}`)
  say(
    `slope of the second half ${slopes.resident.toFixed(2)} MiB a minute resident, ${slopes.held.toFixed(2)} held by V8; sockets ${sockets.before} before, ${sockets.after} after`,
  )
  const wrong = complaints(findings)
  for (const line of wrong) say(`WRONG: ${line}`)
  say(wrong.length === 0 ? 'soaked: all is well' : `soaked: ${wrong.length} things are wrong`)
  return wrong.length === 0 ? 0 : 1
}

async function run(options: SoakOptions): Promise<number> {
  const [a, b, c] = [new Origin(), new Origin(), new Origin()]
  const origins = [a, b, c]
  await Promise.all(origins.map((origin) => origin.start()))
  const ports: readonly [OriginPorts, OriginPorts, OriginPorts] = [a.ports, b.ports, c.ports]
  const edition = (n: number) => routing(n, ports)
  const sidecar = await SidecarProcess.start(bootstrap(c.ports.http1), edition(0))
  try {
    return report(await soak(sidecar, origins, edition, options))
  } finally {
    await sidecar.stop()
    await Promise.all(origins.map((origin) => origin.die()))
  }
}

// What was started ends with this process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const options = readOptions(process.argv.slice(2))
process.exitCode = options.mesh === undefined ? await run(options) : await soakMesh(options.mesh, options, say)
