/**
 * Writes what is generated from the schema: docs/tandem.schema.json for editors, docs/reference.md for people.
 * With `--check` it writes nothing and exits with 1 when a file is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import * as z from 'zod/mini'
import { referencePage, writtenDefault } from './reference-page.ts'
import { config } from './schema/config.ts'

/** JSON Schema (draft 2020-12) of a configuration file, as it is written and before defaults. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(config, {
    io: 'input',
    target: 'draft-2020-12',
    override({ zodSchema, jsonSchema }) {
      const value = writtenDefault(zodSchema)
      if (value !== undefined) jsonSchema.default = value
    },
  })
  return { ...schema, title: 'Tandem sidecar configuration' }
}

const files = {
  'tandem.schema.json': () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'reference.md': referencePage,
}

function current(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function run(check: boolean): void {
  for (const [name, generate] of Object.entries(files)) {
    const file = new URL(`../../docs/${name}`, import.meta.url)
    const text = generate()
    if (current(file) === text) continue
    if (!check) writeFileSync(file, text)
    process.stderr.write(check ? `docs/${name} is stale: run \`npm run schema\`\n` : `wrote docs/${name}\n`)
    if (check) process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) run(process.argv.includes('--check'))
