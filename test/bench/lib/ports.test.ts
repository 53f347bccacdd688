import { expect, it } from 'vitest'
import { freePort } from '../../../bench/lib/ports.ts'

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  for (let i = 0; i < count; i++) ports.push(await freePort())
  return ports
}

it('gives no port twice', async () => {
  const ports = await freePorts(500)
  expect(new Set(ports).size).toBe(ports.length)
})

it('gives none that an outgoing connection could be given too', async () => {
  expect(Math.max(...(await freePorts(200)))).toBeLessThan(32_768)
})
