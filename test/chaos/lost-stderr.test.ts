import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { httpCall } from '../harness/http-call.ts'

const main = fileURLToPath(new URL('../../proxy/main.ts', import.meta.url))
const configuration = `admin: { address: "127.0.0.1:0" }
health: { address: "127.0.0.1:0" }
accessLog: { format: off }
listeners: [{ name: outbound, address: "127.0.0.1:0" }]
routes: [{ name: r, respond: { body: hello } }]
`

test('a sidecar whose stderr nobody reads any more goes on serving, and ends when told to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-stderr-'))
  const file = join(folder, 'tandem.yaml')
  await writeFile(file, configuration)
  const child = spawn(process.execPath, [main, '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  const [ready] = (await once(createInterface({ input: child.stderr }), 'line')) as [string]
  const port = Number(/ outbound=\S*:(\d+)/.exec(ready)?.[1])
  child.stderr.destroy()
  child.kill('SIGHUP')
  expect((await httpCall(port)).body).toBe('hello')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})
