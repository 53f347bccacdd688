/**
 * Writes what is generated from the schema: docs/tandem.schema.json for editors, docs/reference.md for people,
 * and the schema that Helm checks the values of the chart tandem-routes with.
 * With `--check` it writes nothing and exits with 1 when a file is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { chartValuesJsonSchema } from './chart-schema.ts'
import { writtenSchema } from './json-schema.ts'
import { referencePage } from './reference-page.ts'
import { config } from './schema/config.ts'

/** JSON Schema (draft 2020-12) of a configuration file, as it is written and before defaults. */
export function configJsonSchema(): object {
  return { ...writtenSchema(config), title: 'Tandem sidecar configuration' }
}

const formatted = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`

const files = {
  'docs/tandem.schema.json': () => formatted(configJsonSchema()),
  'docs/reference.md': referencePage,
  'charts/tandem-routes/values.schema.json': () => formatted(chartValuesJsonSchema()),
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
    const file = new URL(`../../${name}`, import.meta.url)
    const text = generate()
    if (current(file) === text) continue
    if (!check) writeFileSync(file, text)
    process.stderr.write(check ? `${name} is stale: run \`npm run schema\`\n` : `wrote ${name}\n`)
    if (check) process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) run(process.argv.includes('--check'))
