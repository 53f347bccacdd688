import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startCollector } from '../../../bench/lib/collector.ts'

it('the collector takes spans in either form and says how many bytes they were', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
  const collector = await startCollector(null, folder)
  onTestFinished(async () => {
    await collector.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const post = (type: string) =>
    fetch(`http://127.0.0.1:${collector.port}/v1/traces`, { method: 'POST', headers: { 'content-type': type }, body: 'x'.repeat(100) })
  expect(await (await post('application/json')).json()).toEqual({})
  expect((await (await post('application/x-protobuf')).arrayBuffer()).byteLength).toBe(0)
  expect(await collector.receivedBytes()).toBe(200)
})
