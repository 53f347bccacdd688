/**
 * Every configuration that the documentation shows is one that the sidecar takes.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { formatConfigErrors, loadConfig } from '../proxy/config/load.ts'

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

/** The files that an example names are its reader's. */
function problemsOf({ page, line, text }: Example): string[] {
  const result = loadConfig({ file: `${page}, example at line ${line}`, text }, [], environmentOf(text))
  if (result.ok) return []
  return result.errors.filter(({ message }) => !message.startsWith('cannot read the file')).map((error) => formatConfigErrors([error]))
}

const examples = pages().flatMap(examplesOf)

test('the documentation has examples', () => {
  expect(examples.length).toBeGreaterThan(5)
})

test.each(examples)('the example at line $line of $page is a valid configuration', (example) => {
  expect(problemsOf(example)).toEqual([])
})
