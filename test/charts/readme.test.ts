/**
 * The pages of the charts: their tables name every value with its default, and their examples are values that the charts take.
 */
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { validateFiles } from '../../control-plane/api/validate-files.ts'
import { chartFile, charts, type Schema, schemaOf } from './json-schema.ts'

/** Written as one: what is in them is Kubernetes' own. */
const whole: ReadonlySet<string> = new Set(['resources'])

/** Paths of the values with what they are by default, down to where the schema takes any name. */
function defaultsIn(values: object, schema: Schema | undefined, path = ''): Record<string, unknown> {
  const entries = Object.entries(values).map(([key, value]: [string, unknown]) => {
    const child = schema?.properties?.[key]
    const inner = `${path}${key}`
    const isGroup = typeof value === 'object' && value !== null && child?.properties !== undefined && !whole.has(inner)
    return isGroup && Object.keys(value).length > 0 ? defaultsIn(value, child, `${inner}.`) : { [inner]: value }
  })
  return Object.assign({}, ...entries) as Record<string, unknown>
}

describe.each(charts)('the page of %s', (chart) => {
  const page = chartFile(`${chart}/README.md`)

  test('names every value and its default, and no other', () => {
    const [, table = ''] = page.split('## Values')
    const rows = [...table.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| (\S.*) \|$/gm)]
    const shown = Object.fromEntries(rows.map(([, path = '', value = '']) => [path, JSON.parse(value) as unknown]))
    expect(shown).toEqual(defaultsIn(parse(chartFile(`${chart}/values.yaml`)) as object, schemaOf(chart)))
  })

  test('shows values that the schema knows', () => {
    const examples = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => parse(text) as object)
    expect(examples.length).toBeGreaterThan(0)
    const keys = examples.flatMap((example) => Object.keys(example))
    expect(keys.filter((key) => !Object.hasOwn(schemaOf(chart).properties ?? {}, key))).toEqual([])
  })
})

test('the routing that the page of tandem-routes shows is valid', () => {
  const [, text = ''] = /^```yaml\n(.*?)^```$/ms.exec(chartFile('tandem-routes/README.md')) ?? []
  expect(validateFiles([{ name: 'README.md', text }])).toEqual([])
})
