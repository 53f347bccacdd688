/**
 * Whatever callers do to the config port, it costs nobody else anything: while they do it over and over, a healthy sidecar gets each change
 * of the routing within the second that the fleet is promised.
 */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ca, connectSession, type PushSite, startPush, until, upstream } from '../control-plane/push/site.ts'
import { SeededRandom } from '../harness/seeded-random.ts'

const promisedMs = 1_000
const rounds = 20
const each = 10
const hello = (id: string) =>
  `${JSON.stringify({ type: 'hello', node: { id, workload: 'w', namespace: 's', labels: {} }, version: null, status: {} })}\n`

/** What is done each round, many times at once. Nothing of it is undone before the end. */
const abuses: readonly (readonly [name: string, abuse: (site: PushSite, random: SeededRandom) => void])[] = [
  [
    'bytes that are no TLS',
    ({ port }, random) => kept(tcp(port.address)).write(Buffer.from(Array.from({ length: 200 }, () => random.below(256)))),
  ],
  [
    'TLS and then bytes that are no HTTP/2',
    ({ port }, random) => tls(port.address, (socket) => socket.write(Buffer.alloc(4_096, random.below(256)))),
  ],
  ['lines that are no messages', (site) => stream(site, 'garbage\n'.repeat(100))],
  ['lines without an end', (site) => stream(site, 'x'.repeat(1024 * 1024))],
  ['a message that nests without end', (site) => stream(site, `${'['.repeat(200_000)}\n`)],
  ['connections that say nothing', ({ port }) => void kept(tcp(port.address))],
  ['handshakes that are not finished', ({ port }) => kept(tcp(port.address)).write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))],
  ['handshakes that nothing follows', ({ port }) => tls(port.address, () => undefined)],
  ['streams without a hello', (site) => stream(site, '')],
  ['half a hello', (site) => stream(site, hello('half').slice(0, 40))],
  ['sidecars that read nothing', (site, random) => stream(site, hello(`deaf-${random.below(1e9)}`), 'deaf')],
  ['sidecars that never answer', (site, random) => stream(site, hello(`mute-${random.below(1e9)}`))],
  ['guessed tokens', ({ port }) => post(port.address, 'Bearer guess')],
  ['certificate requests that never end', ({ port }) => post(port.address, 'Bearer shop/checkout')],
]

function kept<S extends Socket>(socket: S): S {
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

function tcp(address: string): Socket {
  const [host, port] = address.split(':')
  return connectTcp(Number(port), host)
}

function tls(address: string, secured: (socket: Socket) => void): void {
  const [host, port] = address.split(':')
  const socket = kept(connectTls({ host: host ?? '', port: Number(port), ca, ALPNProtocols: ['h2'] }))
  socket.once('secureConnect', () => secured(socket))
}

function stream({ port }: PushSite, bytes: string, reading: 'reads' | 'deaf' = 'reads'): void {
  const opened = connectSession(port.address).request(
    { ':method': 'POST', ':path': '/v1/config', authorization: 'Bearer shop/hostile' },
    { endStream: false },
  )
  opened.on('error', () => undefined).write(bytes)
  if (reading === 'reads') opened.resume()
}

function post(address: string, authorization: string): void {
  const asked = connectSession(address).request({ ':method': 'POST', ':path': '/v1/certificate', authorization }, { endStream: false })
  asked.on('error', () => undefined).resume()
  asked.write('{"csr":"')
}

/** Upstreams enough that what a deaf sidecar is sent does not fit into a socket. */
const many = (port: number) => Array.from({ length: 500 }, (_, at) => upstream(`upstream-${at}`, at === 0 ? port : 1))

/** @returns how long the healthy sidecar waited for each change, in milliseconds, in ascending order. */
async function latencies(abuse: (site: PushSite, random: SeededRandom) => void): Promise<number[]> {
  const random = new SeededRandom(7)
  const site = await startPush()
  site.publish(many(1))
  const healthy = await site.join({ id: 'healthy' })
  await healthy.take('snapshot')
  await until(() => site.fleet.entries().some(({ node, state }) => node === 'healthy' && state === 'current'))
  const waited: number[] = []
  for (let round = 2; round < rounds + 2; round++) {
    for (let one = 0; one < each; one++) abuse(site, random)
    const changedAt = performance.now()
    site.change(many(round))
    await healthy.take('delta')
    waited.push(performance.now() - changedAt)
  }
  return waited.toSorted((a, b) => a - b)
}

test.for(abuses)('%s', { timeout: 60_000 }, async ([, abuse]) => {
  const waited = await latencies(abuse)
  expect(waited).toHaveLength(rounds)
  expect(waited[Math.floor(rounds * 0.9)]).toBeLessThan(promisedMs)
})
