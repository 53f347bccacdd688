/**
 * The console's API under whatever is sent to it: it never fails (500), never exits, never takes more than its limits of time and memory,
 * and goes on answering everybody else. Named seeds each, then random damage; `TANDEM_FUZZ_CONSOLE` says how many damaged calls (3,000).
 */
import { connect } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import { type ControlPlaneProcess, spawnControlPlane } from '../harness/control-plane-process.ts'
import { peakMiB } from '../harness/process-memory.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { hostileFiles } from './console/files.ts'
import { consoleCalls, foreignBodies } from './console/requests.ts'
import { damaged } from './http1/mutation.ts'

const count = Number(process.env['TANDEM_FUZZ_CONSOLE'] ?? 3_000)
/** The process with its reading thread, which may have 512 MiB of heap. */
const mostMiB = 900
/** The console's own limit is 25 s; the machine may be slow. */
const longestMs = 40_000
const paths = ['/api/validate', '/api/diff'] as const
const inForce = 'upstreams: { u: { endpoints: ["127.0.0.1:1"] } }\nroutes: [{ name: r, forward: u }]\n'

let controlPlane: ControlPlaneProcess

beforeEach(async () => {
  controlPlane = await spawnControlPlane({ routing: { 'a.yaml': inForce } })
  await controlPlane.said('info ready')
})

/** It serves what it served at the start, has not complained, and has kept within its memory. */
async function state(): Promise<object> {
  const response = await fetch(`http://${controlPlane.address('console')}/api/routes`)
  const routes = ((await response.json()) as { name: string }[]).map(({ name }) => name)
  const complaints = (await controlPlane.said('info ready')).split('\n').filter((line) => line.includes(' error '))
  return { routes, complaints, isSmall: peakMiB(controlPlane.pid) < mostMiB }
}

const well = { routes: ['r'], complaints: [], isSmall: true }

async function post(path: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://${controlPlane.address('console')}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(longestMs),
  })
  return { status: response.status, text: await response.text() }
}

describe('files that are sent to be looked at', () => {
  test('each is answered: valid, or everything that is wrong with its place', { timeout: 300_000 }, async () => {
    for (const [name, text] of Object.entries(hostileFiles)) {
      for (const path of paths) {
        const answer = await post(path, JSON.stringify({ files: [{ name: 'f.yaml', text }] }))
        expect([name, path, answer.status]).toEqual([name, path, path === '/api/diff' && answer.status === 422 ? 422 : 200])
        expect(answer.text.length).toBeLessThan(2_000_000)
        expect(JSON.parse(answer.text)).toBeDefined()
      }
    }
    expect(await state()).toEqual(well)
  })

  test('so are thousands of files at once', { timeout: 120_000 }, async () => {
    const files = Array.from({ length: 3_000 }, (_, n) => ({ name: `${n}.yaml`, text: `routes: [{ name: r${n}, respond: {} }]` }))
    expect(JSON.parse((await post('/api/validate', JSON.stringify({ files }))).text)).toEqual({ valid: true, errors: [] })
    expect(await state()).toEqual(well)
  })

  test('of more than four at once some are told to come again, and none fails', { timeout: 120_000 }, async () => {
    const files = [{ name: 'f.yaml', text: hostileFiles['many wrong upstreams'] ?? '' }]
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('/api/validate', JSON.stringify({ files }))))
    const statuses = answers.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4)
    expect(await state()).toEqual(well)
  })
})

test('a body that is not what was asked for is 400 with the reason, in few words', { timeout: 120_000 }, async () => {
  for (const [name, body] of Object.entries(foreignBodies)) {
    for (const path of [...paths, '/api/tokens']) {
      const { status, text } = await post(path, body)
      expect([name, path, status]).toEqual([name, path, 400])
      expect(text.length).toBeLessThan(20_000)
    }
  }
  expect(await state()).toEqual(well)
})

/** Sends the bytes and nothing more; resolves with what came when the connection has ended. */
function said(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
}

test(`${count} damaged calls are answered or refused, and none of them is a failure`, { timeout: 300_000 }, async () => {
  const port = Number(controlPlane.address('console').split(':').at(-1))
  const random = new SeededRandom(5)
  const statuses = new Map<string, number>()
  for (let seed = 0; seed < count; seed++) {
    const call = damaged(consoleCalls, random)
    const status = /^HTTP\/1\.1 (\d+)/.exec(await said(port, call))?.[1] ?? 'none'
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    expect([call.toString('latin1').slice(0, 500), status]).toEqual([expect.anything(), expect.not.stringMatching(/^5/)])
  }
  for (const status of ['200', '400', '404', '415', '421']) expect(statuses.get(status)).toBeGreaterThan(0)
  expect(await state()).toEqual(well)
})
