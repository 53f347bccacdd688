import { expect, it } from 'vitest'
import { freePort } from '../../../bench/lib/ports.ts'

it('gives no port twice', async () => {
  const ports: number[] = []
  for (let i = 0; i < 500; i++) ports.push(await freePort())
  expect(new Set(ports).size).toBe(ports.length)
})
