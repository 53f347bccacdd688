/**
 * The values in examples/ are routing as it stands. What Helm makes of them is tested with Helm (test/peers/helm.test.ts).
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { validateFiles } from '../../control-plane/api/validate-files.ts'

const text = readFileSync(new URL('../../examples/shop/routes.yaml', import.meta.url), 'utf8')

test('the shop is routing that the control plane takes', () => {
  expect(validateFiles([{ name: 'examples/shop/routes.yaml', text }])).toEqual([])
})
