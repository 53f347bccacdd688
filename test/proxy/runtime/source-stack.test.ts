import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sourceStack } from '../../../proxy/runtime/source-stack.ts'

const folder = mkdtempSync(join(tmpdir(), 'tandem-stack-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Line 1 of the bundle is line 3 of the source, and line 2 line 11. */
const map = { version: 3, sources: ['../../proxy/serve.ts'], names: [], mappings: 'AAEA;AAQA' }
const mapped = join(folder, 'mapped.cjs')
writeFileSync(`${mapped}.map`, JSON.stringify(map))
const broken = join(folder, 'broken.cjs')
writeFileSync(`${broken}.map`, '{')

test('each line of a bundle is named by its source', () => {
  const stack = `Error: x\n    at serve (${mapped}:2:1)\n    at async ${mapped}:1:1\n    at listen (node:net:12:3)`
  expect(sourceStack(stack)).toBe(
    'Error: x\n    at serve (proxy/serve.ts:11:1)\n    at async proxy/serve.ts:3:1\n    at listen (node:net:12:3)',
  )
})

test('without a readable map, and beyond it, the line stays', () => {
  const stack = `Error: x\n    at a (${broken}:2:1)\n    at b (/nowhere/b.cjs:1:1)\n    at c (/srv/app/proxy/serve.ts:1:1)`
  expect(sourceStack(stack)).toBe(stack)
})
