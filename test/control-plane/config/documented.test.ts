import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { controlPlaneConfig } from '../../../control-plane/config/schema.ts'
import { overrideFlags } from '../../../control-plane/config/overrides.ts'
import { usage } from '../../../control-plane/config/command.ts'
import { fieldsOf, type Schema } from '../../../proxy/config/schema-walk.ts'

const page = readFileSync(new URL('../../../docs/control-plane.md', import.meta.url), 'utf8')

function keysOf(schema: Schema, at: string): string[] {
  const fields = fieldsOf(schema)
  if (fields === undefined) return [at]
  return Object.entries(fields).flatMap(([key, field]) => keysOf(field, at === '' ? key : `${at}.${key}`))
}

test.each(keysOf(controlPlaneConfig, '').filter((key) => key !== '$schema'))('docs/control-plane.md has %s', (key) => {
  expect(page).toContain(`| \`${key}\` `)
})

test('--help has every flag', () => {
  for (const flag of overrideFlags) expect(usage()).toContain(`--${flag} `)
})
