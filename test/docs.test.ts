/**
 * Every configuration that the documentation shows is one that its program takes. The first line says which that is:
 * `# control-plane.yaml`, `# routing/...`, anything else is for the sidecar.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { validateFiles } from '../control-plane/api/validate-files.ts'
import { loadControlPlane } from '../control-plane/config/load.ts'
import { type ConfigError, formatConfigErrors, loadConfig } from '../proxy/config/load.ts'

const root = resolve(import.meta.dirname, '..')

function pages(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  return ['README.md', ...docs.map((file) => join('docs', file))]
}

interface Example {
  readonly page: string
  readonly line: number
  readonly text: string
}

function examplesOf(page: string): Example[] {
  const content = readFileSync(join(root, page), 'utf8')
  return [...content.matchAll(/^```yaml\n(.*?)^```$/gms)].map(({ 1: text = '', index }) => ({
    page,
    line: content.slice(0, index).split('\n').length + 1,
    text,
  }))
}

/** Variables that an example names are set, whatever they are. */
function environmentOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [name, 'secret']))
}

/** The files and folders that an example names are its reader's. */
function problemsOf({ page, line, text }: Example): string[] {
  const errors = errorsOf({ name: `${page}, example at line ${line}`, text })
  return errors
    .filter(({ message }) => !/^(cannot read the file|there is no folder)/.test(message))
    .map((error) => formatConfigErrors([error]))
}

function errorsOf({ name: file, text }: { readonly name: string; readonly text: string }): readonly ConfigError[] {
  if (text.startsWith('# routing/')) return validateFiles([{ name: file, text }])
  const load = text.startsWith('# control-plane.yaml') ? loadControlPlane : loadConfig
  const result = load({ file, text }, [], environmentOf(text))
  return result.ok ? [] : result.errors
}

const examples = pages().flatMap(examplesOf)

test('the documentation has examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('the example at line $line of $page is a valid configuration', (example) => {
  expect(problemsOf(example)).toEqual([])
})
