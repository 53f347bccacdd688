import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type LoadReport, LoadSession, type LoadWindow } from '../../../bench/lib/load-session.ts'

const servers: Server[] = []
const sessions: LoadSession[] = []

async function origin(onCall: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => onCall(socket))
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function run(ports: readonly number[], connections: number, window: LoadWindow): Promise<LoadReport> {
  const targets = ports.map((port) => ({ port, tls: null }))
  const session = new LoadSession({ targets, connections, plan: { path: '/', uploadBytes: 0, routes: null } })
  sessions.push(session)
  return session.run(window)
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const busy = 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'

afterEach(() => {
  for (const session of sessions.splice(0)) session.close()
  for (const server of servers.splice(0)) server.close()
})

describe('a load session', () => {
  it('counts in a closed loop what the origin answered', async () => {
    let received = 0
    const port = await origin((socket) => {
      received++
      socket.write(ok)
    })
    const report = await run([port], 4, { seconds: 0.1, ratePerSecond: 0 })
    expect(report).toMatchObject({ calls: received, failed: 0, unanswered: 0 })
    expect(report.latency.samples).toBe(received)
    expect(report.callsPerSecond).toBeGreaterThan(0)
  })

  it('sends exactly the calls that are due in an open loop', async () => {
    const port = await origin((socket) => socket.write(ok))
    const report = await run([port], 4, { seconds: 0.2, ratePerSecond: 500 })
    expect(report).toMatchObject({ calls: 100, failed: 0, unanswered: 0 })
  })

  it('shows a stall in every call that it delayed, not only in those that were sent', async () => {
    const port = await origin(() => undefined)
    const { calls, unanswered, latency } = await run([port], 1, { seconds: 0.2, ratePerSecond: 100 })
    expect({ calls, unanswered, samples: latency.samples }).toEqual({ calls: 0, unanswered: 20, samples: 20 })
    expect(latency.p50Ms).toBeGreaterThan(1_000)
    expect(latency.maxMs - latency.p50Ms).toBeGreaterThan(90)
  })

  it('counts refusals apart and never times them', async () => {
    const port = await origin((socket) => socket.write(busy))
    const report = await run([port], 2, { seconds: 0.1, ratePerSecond: 100 })
    expect(report).toMatchObject({ calls: 0, failed: 10, unanswered: 0, latency: { samples: 0 } })
  })

  it('counts a broken connection as a failed call and opens another', async () => {
    let received = 0
    const port = await origin((socket) => {
      if (++received === 3) socket.destroy()
      else socket.write(ok)
    })
    const report = await run([port], 1, { seconds: 0.1, ratePerSecond: 100 })
    expect(report).toMatchObject({ calls: 9, failed: 1, unanswered: 0 })
  })

  it('ends a call to two targets when both have answered', async () => {
    const held: Socket[] = []
    const slow = await origin((socket) => held.push(socket))
    const fast = await origin((socket) => {
      socket.write(ok)
      held.shift()?.write(ok)
    })
    const report = await run([slow, fast], 1, { seconds: 0.1, ratePerSecond: 100 })
    expect(report.calls + report.unanswered).toBe(10)
    expect(report.calls).toBeGreaterThan(0)
  })
})
