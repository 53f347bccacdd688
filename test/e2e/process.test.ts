import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'
import { hasProc } from '../harness/process-memory.ts'
import { startOrigin } from '../harness/origin.ts'
import { spawnProxy } from '../harness/proxy-process.ts'
import { RawConnection } from '../harness/raw-call.ts'

const responding = (body: string) => `routes: [{ name: r, respond: { body: ${body} } }]`

describe('the command line', () => {
  test('--validate leaves with 0 when the configuration is valid', async () => {
    const proxy = await spawnProxy(responding('x'), ['--validate'])
    expect(await proxy.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('valid') as string })
  })

  test('an invalid configuration is 2, with every error and its place', async () => {
    const proxy = await spawnProxy('routes: [{ name: r, forward: nowhere, timeuot: 3s }]')
    const { code, stderr } = await proxy.ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/tandem\.yaml:5:\d+.*nowhere/)
    expect(stderr).toMatch(/tandem\.yaml:5:\d+.*timeuot.*timeout/)
  })

  test('wrong usage is 2', async () => {
    const proxy = await spawnProxy(responding('x'), ['--nonsense'])
    expect((await proxy.ended).code).toBe(2)
  })

  test('a port that is taken is 1, and says so', async () => {
    const origin = await startOrigin()
    const proxy = await spawnProxy(responding('x'), ['--admin-address', origin.address])
    const { code, stderr } = await proxy.ended
    expect(code).toBe(1)
    expect(stderr).toContain(origin.address)
  })

  test('a flag goes before the environment, and that before the file', async () => {
    const proxy = await spawnProxy('', ['--access-log-format', 'wrong-flag', '--validate'], { TANDEM_ACCESS_LOG_FORMAT: 'wrong-variable' })
    const { code, stderr } = await proxy.ended
    expect(code).toBe(2)
    expect(stderr).toContain('--access-log-format')
    expect(stderr).not.toContain('wrong-variable')
  })
})

test.skipIf(!hasProc)('V8 has one helper thread: each costs memory, and the turn of a call that waits', async () => {
  const proxy = await spawnProxy(responding('x'))
  await proxy.said('info ready')
  const names = readdirSync(`/proc/${proxy.pid}/task`).map((id) => readFileSync(`/proc/${proxy.pid}/task/${id}/comm`, 'utf8').trimEnd())
  expect(names.filter((name) => name.endsWith('V8Worker'))).toHaveLength(1)
})

describe('signals', () => {
  test('SIGTERM drains: the call in progress is answered, then the process leaves with 0', async () => {
    let answer: () => void = () => undefined
    const origin = await startOrigin((response) => void (answer = () => response.end('done')))
    const proxy = await spawnProxy(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`)
    await proxy.said('info ready')
    const connection = new RawConnection(proxy.portOf('outbound'))
    connection.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    await origin.receivedCount(1)
    proxy.signal('SIGTERM')
    await proxy.said('draining')
    answer()
    expect(await connection.closed()).toMatch(/done$/)
    expect((await proxy.ended).code).toBe(0)
  })

  test('a second SIGTERM ends it at once', async () => {
    const origin = await startOrigin(() => undefined)
    const proxy = await spawnProxy(`upstreams: { u: { endpoints: ["${origin.address}"] } }\nroutes: [{ name: r, forward: u }]`)
    await proxy.said('info ready')
    new RawConnection(proxy.portOf('outbound')).write('GET / HTTP/1.1\r\nHost: t\r\n\r\n')
    await origin.receivedCount(1)
    proxy.signal('SIGTERM')
    await proxy.said('draining')
    proxy.signal('SIGTERM')
    expect((await proxy.ended).code).toBe(1)
  })

  test('SIGHUP reloads; a broken file changes nothing and says why with its place', async () => {
    const proxy = await spawnProxy(responding('one'))
    await proxy.said('info ready')
    await proxy.write('routes: [{ name: r, forward: nowhere }]')
    proxy.signal('SIGHUP')
    expect(await proxy.said('refused')).toMatch(/tandem\.yaml:5:\d+/)
    expect((await httpCall(proxy.portOf('outbound'))).body).toBe('one')
    await proxy.write(responding('two'))
    proxy.signal('SIGHUP')
    await proxy.said('configuration applied')
    expect((await httpCall(proxy.portOf('outbound'))).body).toBe('two')
  })
})

test('a change of the file is in force without being asked for', async () => {
  const proxy = await spawnProxy(responding('one'))
  await proxy.said('info ready')
  await writeFile(`${proxy.file}.other`, 'not this one')
  await proxy.write(responding('two'))
  await proxy.said('configuration applied')
  expect((await httpCall(proxy.portOf('outbound'))).body).toBe('two')
})
