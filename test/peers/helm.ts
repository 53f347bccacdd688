/**
 * The charts through the real Helm: what it renders, as text and as objects, and what it says when it refuses.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runTool, type ToolRun } from './child.ts'

export type Chart = 'tandem' | 'tandem-routes'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
}

const root = resolve(import.meta.dirname, '../..')
const schemas = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tandem-peers', 'kubernetes-schemas')

export function chartFolder(chart: Chart): string {
  return join(root, 'charts', chart)
}

/** Flags that name a values file of the examples, or of this suite. */
export function valuesFile(path: string): string[] {
  return ['--values', join(root, path)]
}

/** Gone when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-helm-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Flags for values that are written as JSON, so that nothing is read into them. */
export async function values(content: object): Promise<string[]> {
  const file = join(await temporaryFolder(), 'values.json')
  await writeFile(file, JSON.stringify(content))
  return ['--values', file]
}

export function helm(command: string, ...args: readonly string[]): Promise<ToolRun> {
  return runTool('helm', [command, ...args], 60_000)
}

export function template(chart: Chart, release: string, flags: readonly string[] = []): Promise<ToolRun> {
  return helm('template', release, chartFolder(chart), '--namespace', 'tandem-system', ...flags)
}

/** @returns the manifests as Helm writes them. */
export async function rendered(chart: Chart, release: string, flags: readonly string[] = []): Promise<string> {
  const { code, said } = await template(chart, release, flags)
  if (code !== 0) throw new Error(said)
  return said
}

/** @returns what Helm says of values that it does not take. */
export async function refusal(chart: Chart, flags: readonly string[]): Promise<string> {
  const { code, said } = await template(chart, 'refused', flags)
  if (code === 0) throw new Error(`Helm took it:\n${said}`)
  return said
}

/** @returns what the notes say once it is installed. */
export async function notes(chart: Chart, release: string, flags: readonly string[]): Promise<string> {
  const { code, said } = await helm('install', release, chartFolder(chart), '--dry-run=client', '--namespace', 'tandem-system', ...flags)
  const start = said.indexOf('NOTES:')
  if (code !== 0 || start < 0) throw new Error(said)
  return said.slice(start)
}

export function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Manifest]))
}

/** @returns the one file in the one ConfigMap among the manifests. */
export function fileIn(text: string, name: string): string {
  const [file, ...others] = manifestsOf(text).flatMap(({ data }) => data?.[name] ?? [])
  if (file === undefined || others.length > 0) throw new Error(`expected one ConfigMap with ${name}:\n${text}`)
  return file
}

/** kubeconform's verdict on a file of manifests: strict, and nothing is skipped for want of a schema. */
export async function conforms(text: string): Promise<ToolRun> {
  const file = join(await temporaryFolder(), 'manifests.yaml')
  await writeFile(file, text)
  const location = join(schemas, '{{ .ResourceKind }}{{ .KindSuffix }}.json')
  return runTool('kubeconform', ['-strict', '-summary', '-schema-location', location, file], 60_000)
}
