/**
 * Golden pairs: `test/golden/routing/CASE.in` is a folder of routing files in a few steps, and the workloads that look at it;
 * `CASE.out` is what each of them gets after each step, and what is said of the rest. `UPDATE_GOLDENS=1` writes the latter anew.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SnapshotStore } from '../../../control-plane/snapshot/snapshot-store.ts'
import { readAtOnce } from '../../../control-plane/source/file-reader.ts'
import { FolderReader } from '../../../control-plane/source/folder-reader.ts'
import type { Publication, SourceError } from '../../../control-plane/source/source.ts'
import { formatConfigErrors } from '../../../proxy/config/config-error.ts'
import { canonical } from '../../../proxy/config/push/object-digest.ts'
import { kinds, type Routing } from '../../../proxy/config/push/routing.ts'
import { createLogger } from '../../../proxy/runtime/logger.ts'
import { golden } from '../../harness/golden.ts'
import { RoutingFolder } from '../../harness/routing-folder.ts'

const goldens = resolve(import.meta.dirname, '../../golden/routing')
const cases = readdirSync(goldens).filter((name) => name.endsWith('.in'))

interface Section {
  /** `nodes`, or `STEP FILE`, or `STEP FILE deleted`. */
  readonly title: string
  readonly text: string
}

/** Sections begin with a line such as `-- 1 orders.yaml --`. What stands before the first is a comment. */
function sectionsOf(text: string): Section[] {
  const [, ...parts] = text.split(/^-- (.*) --\n/m)
  return Array.from({ length: parts.length / 2 }, (_, index) => ({ title: parts[2 * index] ?? '', text: parts[2 * index + 1] ?? '' }))
}

/** A line a workload: `NAMESPACE/WORKLOAD [LABEL=VALUE]...`. */
function nodesOf({ text }: Section) {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [who = '', ...labels] = line.split(' ')
      const [namespace = '', workload = ''] = who.split('/')
      return {
        line,
        node: { namespace, workload, labels: Object.fromEntries(labels.map((label) => label.split('='))) as Record<string, string> },
      }
    })
}

function apply(folder: RoutingFolder, edits: readonly Section[]): void {
  for (const { title, text } of edits) {
    const [, file = '', deleted] = title.split(' ')
    if (deleted === undefined) folder.write(file, text)
    else folder.remove(file)
  }
}

async function outcome(input: string): Promise<string> {
  const folder = new RoutingFolder()
  const [first, ...edits] = sectionsOf(input)
  const reader = new FolderReader(folder.path, readAtOnce)
  const store = new SnapshotStore(
    createLogger(
      () => undefined,
      () => 0,
    ),
  )
  const members = nodesOf(first as Section).map(({ line, node }) => ({ line, member: store.join(node) }))
  const steps = Map.groupBy(edits, ({ title }) => title.split(' ')[0])
  const out: string[] = []
  for (const [step, texts] of steps) {
    apply(folder, texts)
    const publication = (await reader.read()) as Publication
    const changed = new Set(store.publish(publication))
    out.push(`== step ${step}`, ...publication.errors.map(errorLine), ...store.problems().map(problemLine))
    for (const { line, member } of members) {
      const { version, routing } = member.snapshot
      out.push(`${line}: ${version}${changed.has(member) ? '' : ' (unchanged)'}`, ...(changed.has(member) ? objectLines(routing) : []))
    }
  }
  return `${out.join('\n').replaceAll(`${folder.path}/`, '')}\n`
}

function errorLine(error: SourceError): string {
  const concerns = error.concerns.map(({ kind, name, held }) => `${kind}/${name} ${held ? 'stays' : 'left out'}`)
  return `! ${formatConfigErrors([error])} [${concerns.join(', ')}]`
}

function problemLine({ kind, name, origin, message, held, workloads }: ReturnType<SnapshotStore['problems']>[number]): string {
  return `! ${origin.file}:${origin.line}:${origin.column}: ${message} [${kind}/${name} ${held ? 'stays' : 'left out'} for ${workloads.join(', ')}]`
}

function objectLines(routing: Routing): string[] {
  return kinds.flatMap((kind) => Object.entries(routing[kind]).map(([name, body]) => `  ${kind}/${name} ${canonical(body)}`))
}

describe('the folder as each workload gets it', () => {
  test.each(cases)('%s', async (name) => {
    const actual = await outcome(readFileSync(join(goldens, name), 'utf8'))
    expect(actual).toBe(golden(`routing/${name.replace(/\.in$/, '.out')}`, actual))
  })
})
