import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openConsole } from '../../../control-plane/console/console-server.ts'
import { consoleEndpoints } from '../../../control-plane/console/endpoints.ts'
import { startOrigin } from '../../harness/origin.ts'
import { type FakeConsole, fakeConsole } from '../console/fake-console.ts'
import { type Run, runTandemctl } from './run.ts'

interface Site {
  readonly view: FakeConsole
  readonly server: string
  readonly run: (...argv: string[]) => Promise<Run>
  readonly close: () => Promise<void>
}

async function start(operatorToken?: string): Promise<Site> {
  const view = fakeConsole()
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const console = await openConsole({ address: '127.0.0.1:0', operatorToken, endpoints: consoleEndpoints(view, quiet), logger: quiet })
  onTestFinished(() => console.close())
  const server = `http://${console.address}`
  return { view, server, run: (...argv) => runTandemctl(argv, { TANDEM_SERVER: server }), close: () => console.close() }
}

async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandemctl-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

describe('tables', () => {
  test('fleet: a line a sidecar', async () => {
    const { run } = await start()
    expect((await run('fleet')).out).toBe(
      'NODE         NAMESPACE   WORKLOAD   VERSION   STATE    CERTIFICATE ENDS   REASON\n' +
        'checkout-1   shop        checkout   v1        nacked   24h                no\n',
    )
  })

  test('what a sidecar says cannot steer the terminal', async () => {
    const { run, view } = await start()
    view.fleet = () => [
      {
        node: 'a',
        namespace: 'b',
        workload: 'c',
        version: null,
        state: 'nacked',
        reason: 'one\n\u001b[31mtwo\u202e',
        certificateNotAfter: null,
      },
    ]
    expect((await run('fleet')).out.split('\n')[1]).toBe(
      'a      b           c          -         nacked   -                  one; ?[31mtwo?',
    )
  })

  test('routes: whom they are for and where they are written', async () => {
    const { run } = await start()
    expect((await run('routes')).out.split('\n')[1]?.split(/ {2,}/)).toEqual([
      'catalog',
      'namespace=shop,tier=web',
      'GET|HEAD catalog.shop.internal/catalog... headers',
      'split',
      'catalog-v1,catalog-v2',
      'shop.yaml:3',
    ])
  })

  test('certificates of the authority', async () => {
    const { run } = await start()
    expect((await run('cert', 'show')).out).toContain('signing   CN=Tandem CA   2036-01-01T00:00:00.000Z   3652d')
    expect((await run('authority', 'rotate')).out).toContain('CN=Tandem CA')
  })

  test('nothing to show is said beside the output', async () => {
    const { run, view } = await start()
    view.fleet = () => []
    expect(await run('fleet')).toEqual({ code: 0, out: '', error: 'no sidecar has connected yet\n' })
    expect(await run('fleet', '-o', 'json')).toEqual({ code: 0, out: '[]\n', error: '' })
  })
})

describe('-o json prints an array of objects with the names of the API', () => {
  test.each([
    ['fleet', ['node', 'namespace', 'workload', 'version', 'state', 'reason', 'certificateNotAfter']],
    ['routes', ['name', 'for', 'action', 'match', 'upstreams', 'file', 'line']],
    ['cert show', ['role', 'subject', 'serial', 'fingerprint', 'notBefore', 'notAfter']],
  ])('%s', async (words, keys) => {
    const { run } = await start()
    const [first] = JSON.parse((await run(...words.split(' '), '-o', 'json')).out) as object[]
    expect(Object.keys(first ?? {})).toEqual(keys)
  })
})

describe('tokens', () => {
  test('create prints the token alone', async () => {
    const { run } = await start()
    const created = await run('token', 'create', '--namespace', 'shop', '--account', 'checkout', '--ttl', '1h')
    expect(created).toEqual({ code: 0, out: 'tj_1_secret\n', error: '' })
    expect((await run('token', 'list')).out.split('\n')[1]?.split(/ {2,}/)).toEqual([
      '1',
      'shop',
      'checkout',
      'checkout',
      'good',
      '0s',
      '60m',
    ])
    expect((await run('token', 'revoke', '1')).out).toBe('revoked 1\n')
    expect((await run('token', 'list')).out).toContain('revoked')
  })

  test('a token may be for a workload that is not named like its account', async () => {
    const { run } = await start()
    await run('token', 'create', '--namespace', 'shop', '--account', 'inventory', '--workload', 'inventory-next')
    const [facts] = JSON.parse((await run('token', 'list', '-o', 'json')).out) as object[]
    expect(facts).toMatchObject({ namespace: 'shop', account: 'inventory', workload: 'inventory-next' })
  })

  test('a token that is not there is 1, a wrong duration 2', async () => {
    const { run } = await start()
    expect(await run('token', 'revoke', '../fleet')).toMatchObject({
      code: 1,
      error: expect.stringContaining('there is no token') as string,
    })
    expect(await run('token', 'create', '--namespace', 'a', '--account', 'b', '--ttl', 'x')).toMatchObject({ code: 2 })
  })

  test('what needs the operator says how to be one', async () => {
    const { run } = await start('0123456789abcdef')
    expect(await run('token', 'list')).toMatchObject({ code: 1, error: expect.stringContaining('give --token or TANDEM_TOKEN') as string })
    expect((await run('token', 'list', '--token', '0123456789abcdef')).code).toBe(0)
  })
})

describe('files', () => {
  const good = 'upstreams: { u: { endpoints: ["127.0.0.1:1"] } }\nroutes: [{ name: r, forward: u }]\n'

  test('validate takes files and folders, and needs no server', async () => {
    const folder = await folderWith({
      'a.yaml': good,
      'deep/b.json': '{"routes":[{"name":"s","forward":"u"}]}',
      '.c.yaml': 'wrong',
      'd.txt': '',
    })
    expect(await runTandemctl(['validate', folder])).toEqual({ code: 0, out: '2 files: valid\n', error: '' })
    expect((await runTandemctl(['validate', join(folder, 'a.yaml'), folder])).out).toBe('2 files: valid\n')
  })

  test('validate says everything that is wrong with its place', async () => {
    const folder = await folderWith({
      'a.yaml': 'routes:\n  - { name: r, forward: nowhere }\n  - { name: s, forwrad: x }\n',
      'b.yaml': 'routes:\n  - { name: r, respond: {} }\n',
    })
    const { code, out, error } = await runTandemctl(['validate', folder])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error.replaceAll(`${folder}/`, '').trim().split('\n')).toEqual([
      expect.stringMatching(/^a\.yaml:2:5: routes\.r: there is no upstream "nowhere"/),
      expect.stringMatching(/^a\.yaml:3:16: routes\[1\]\.forwrad: unknown key, did you mean `forward`\?/),
      expect.stringMatching(/^b\.yaml:2:5: routes\[0\]: the route "r" stands in a\.yaml:2:5 already/),
    ])
    const json = await runTandemctl(['validate', folder, '-o', 'json'])
    expect(JSON.parse(json.out)).toHaveLength(3)
  })

  test('an upstream that is for fewer workloads than its route is wrong', async () => {
    const folder = await folderWith({
      'a.yaml':
        'upstreams: { u: { endpoints: ["127.0.0.1:1"], for: { namespace: shop } } }\n' +
        'routes: [{ name: r, forward: u, for: { namespace: shop, workload: w } }, { name: s, forward: u }]\n',
    })
    const { error } = await runTandemctl(['validate', folder])
    expect(error).toContain('routes.s: there is no upstream "u" for this workload')
    expect(error).not.toContain('routes.r')
  })

  test('diff sends the files; a folder stands for the whole', async () => {
    const { run } = await start()
    const folder = await folderWith({ 'a.yaml': good })
    expect((await run('diff', join(folder, 'a.yaml'))).out).toContain('shop        checkout   changed   routes/catalog   checkout-1')
    expect((await run('diff', folder)).out).toContain('shop        all        changed')
  })

  test('diff of files that are not valid is 2 with every error', async () => {
    const { run } = await start()
    const folder = await folderWith({ 'a.yaml': 'wrong' })
    expect(await run('diff', join(folder, 'a.yaml'))).toEqual({ code: 2, out: '', error: `${folder}/a.yaml:1:2: routes[0]: is wrong\n` })
  })
})

describe('trouble with the server is 1 and says where it was looked for', () => {
  test('nothing listens there', async () => {
    const { server, close } = await start()
    await close()
    const { code, error } = await runTandemctl(['fleet', '--server', server])
    expect(code).toBe(1)
    expect(error).toBe(`cannot reach the control plane at ${server}: nothing listens there; give --server or TANDEM_SERVER\n`)
  })

  test('somebody else listens there', async () => {
    const origin = await startOrigin((response) => response.writeHead(200).end('hello'))
    const { code, error } = await runTandemctl(['fleet', '--server', `http://${origin.address}`])
    expect(code).toBe(1)
    expect(error).toContain('is not from a control plane')
  })

  test.each(['null', '{}', '[null]', '["a"]', '[{"node":7}]', '{"detail":7,"errors":[7]}', '{"errors":{}}', '[[[]]]', '"', ''])(
    'somebody who answers %j, whatever the status',
    async (text) => {
      for (const status of [200, 204, 301, 400, 401, 404, 422, 500]) {
        const origin = await startOrigin((response) => response.writeHead(status, { location: '/elsewhere' }).end(text))
        for (const words of ['fleet', 'routes', 'token list', 'cert show', 'authority rotate', 'token revoke 1']) {
          const { code, error } = await runTandemctl([...words.split(' '), '--server', `http://${origin.address}`])
          expect([1, 2]).toContain(code)
          expect(error).toContain(`the answer ${status} is not from a control plane of this version`)
        }
      }
    },
  )

  test('somebody closes the connection, in the middle of the answer or before', async () => {
    const before = await startOrigin((response) => response.destroy())
    const within = await startOrigin((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[', () => response.destroy())
    })
    for (const { address } of [before, within]) {
      const { code, error } = await runTandemctl(['fleet', '--server', `http://${address}`])
      expect([code, error]).toEqual([1, expect.stringMatching(/^cannot reach the control plane at .*\n$/) as string])
    }
  })

  test('it was to be TLS and is not', async () => {
    const origin = await startOrigin()
    const { code, error } = await runTandemctl(['fleet', '--server', `https://${origin.address}`])
    expect([code, error]).toEqual([1, expect.stringContaining('it does not speak TLS (http://)') as string])
  })
})

test('a path in the address of the server stands before those of the API', async () => {
  const origin = await startOrigin((response) => response.end('[]'))
  expect((await runTandemctl(['fleet', '--server', `http://${origin.address}/mesh/`])).code).toBe(0)
  expect(origin.received.map(({ url }) => url)).toEqual(['/mesh/api/fleet'])
})
