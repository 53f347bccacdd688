import { link, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { spawnControlPlane } from '../../harness/control-plane-process.ts'
import { startOrigin } from '../../harness/origin.ts'
import { simulateSidecar } from './simulated-sidecar.ts'

const routeTo = (port: number) => `upstreams: { u: { endpoints: ["127.0.0.1:${port}"] } }\nroutes: [{ name: r, forward: u }]\n`

describe('the command line', () => {
  test('--validate leaves with 0 when the configuration is valid, and makes nothing', async () => {
    const controlPlane = await spawnControlPlane({ args: ['--validate'] })
    expect(await controlPlane.ended).toMatchObject({ code: 0, stdout: expect.stringContaining('control-plane.yaml: valid') as string })
    await expect(stat(join(controlPlane.folder, 'tandem-state'))).rejects.toThrow('ENOENT')
  })

  test('an invalid configuration is 2, with every error and its place', async () => {
    const { code, stderr } = await (await spawnControlPlane({ config: 'push: { rolout: all }\nauthority: { ttl: soon }\n' })).ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/control-plane\.yaml:4:9: push\.rolout: unknown key, did you mean `rollout`\?/)
    expect(stderr).toMatch(/control-plane\.yaml:5:19: authority\.ttl: .*expected a duration/)
  })

  test('wrong usage is 2', async () => {
    expect((await (await spawnControlPlane({ args: ['--nonsense'] })).ended).code).toBe(2)
  })

  test('a console for everybody without a token is 2', async () => {
    const { code, stderr } = await (await spawnControlPlane({ args: ['--console-address', '0.0.0.0:0'] })).ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/^--console-address: listen\.console: .*operatorToken/)
  })

  test.each(['config', 'metrics', 'console'])('a port of %s that is taken is 1, and says so', async (name) => {
    const origin = await startOrigin()
    const { code, stderr } = await (await spawnControlPlane({ args: [`--${name}-address`, origin.address] })).ended
    expect(code).toBe(1)
    expect(stderr).toContain(`listen.${name}: cannot listen on ${origin.address}`)
  })

  test('--help and --version', async () => {
    const help = await (await spawnControlPlane({ args: ['--help'] })).ended
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('SIGHUP') as string })
    expect(await (await spawnControlPlane({ args: ['--version'] })).ended).toMatchObject({ code: 0, stdout: '0.1.0\n' })
  })
})

test('the state is made for its owner alone', async () => {
  const controlPlane = await spawnControlPlane()
  await controlPlane.said('info ready')
  const { mode } = await stat(join(controlPlane.folder, 'tandem-state'))
  expect(mode & 0o777).toBe(0o700)
})

describe('signals', () => {
  test('SIGTERM ends it with 0, also with a sidecar connected', async () => {
    const controlPlane = await spawnControlPlane({ routing: { 'a.yaml': routeTo(1) } })
    await controlPlane.said('info ready')
    const { stdout: token } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
    const sidecar = await simulateSidecar(controlPlane, token.trim(), { id: 'a', workload: 'checkout' })
    await sidecar.pushed()
    controlPlane.signal('SIGTERM')
    expect(await controlPlane.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('info stopped') as string })
  })

  test('a second SIGTERM ends it at once', async () => {
    const controlPlane = await spawnControlPlane()
    await controlPlane.said('info ready')
    const { stdout: token } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
    // Does not end its side of the stream, and is waited for.
    const sidecar = await simulateSidecar(controlPlane, token.trim(), { id: 'a', workload: 'checkout' })
    await sidecar.pushed()
    controlPlane.signal('SIGTERM')
    await controlPlane.said('info stopping')
    controlPlane.signal('SIGTERM')
    expect((await controlPlane.ended).code).toBe(1)
  })

  test('SIGHUP reads the folder again, also where no word of a change came', async () => {
    const controlPlane = await spawnControlPlane({ config: 'push: { debounce: 1ms }\n' })
    const elsewhere = join(controlPlane.folder, 'elsewhere')
    await mkdir(elsewhere)
    await controlPlane.said('info ready')
    const { stdout: token } = await controlPlane.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
    const sidecar = await simulateSidecar(controlPlane, token.trim(), { id: 'a', workload: 'checkout' })
    sidecar.answer(await sidecar.pushed())
    // Nobody who watches the one folder hears of what is written through the other.
    await writeFile(join(elsewhere, 'a.yaml'), routeTo(1))
    await link(join(elsewhere, 'a.yaml'), join(controlPlane.folder, 'routing', 'a.yaml'))
    sidecar.answer(await sidecar.pushed())
    await writeFile(join(elsewhere, 'a.yaml'), routeTo(2))
    controlPlane.signal('SIGHUP')
    expect(await sidecar.pushed()).toMatchObject({ set: { upstreams: { u: { endpoints: ['127.0.0.1:2'] } } } })
  })
})

test('a restart keeps the root and the tokens', async () => {
  const first = await spawnControlPlane()
  await first.said('info ready')
  const { stdout: token } = await first.ctl('token', 'create', '--namespace', 'shop', '--account', 'checkout')
  const { stdout: certificates } = await first.ctl('cert', 'show', '-o', 'json')
  first.signal('SIGKILL')
  await first.ended
  const second = await spawnControlPlane({ folder: first.folder })
  await second.said('info ready')
  expect((await second.ctl('cert', 'show', '-o', 'json')).stdout).toBe(certificates)
  const sidecar = await simulateSidecar(second, token.trim(), { id: 'a', workload: 'checkout' })
  expect(await sidecar.pushed()).toMatchObject({ type: 'snapshot' })
})
