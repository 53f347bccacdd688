import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { Fleet } from '../../../bench/control-plane/fleet.ts'
import { parseOptions } from '../../../bench/control-plane/options.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tandem-fleet-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

it('edits reach simulated sidecars, which come back after trouble', { timeout: 60_000 }, async () => {
  const { scale } = parseOptions(['--quick', '--sidecars', '12'])
  const fleet = await Fleet.start(scale, folder(), () => undefined)
  onTestFinished(() => fleet.stop())
  expect(await fleet.edit()).toBeGreaterThan(100)
  expect(await fleet.edit(20, 1)).toBeGreaterThan(100)
  await fleet.drop()
  await fleet.edit()
  await fleet.controlPlane.kill()
  await fleet.controlPlane.restart()
  await fleet.edit()
  await fleet.controlPlane.allCurrent(12)
  expect(fleet.controlPlane.rssMiB).toBeGreaterThan(50)
})
