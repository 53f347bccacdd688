/**
 * Checks routing files as the control plane does when it reads them from its folder: each object by itself, duplicates,
 * and whether the objects fit together for everybody whom they name. Pure, so that tandemctl needs no server for it.
 */
import { type ConfigError, formatConfigErrors } from '../../proxy/config/config-error.ts'
import { isFor, type SelectedNode } from '../snapshot/selection.ts'
import { consistentRouting } from '../snapshot/consistent-routing.ts'
import { emptyRouting } from '../../proxy/config/push/routing.ts'
import { atOnce, type Steps } from '../../proxy/runtime/steps.ts'
import { mergeFiles, nothingMerged } from '../source/merge.ts'
import { readRoutingFile } from '../source/routing-file.ts'
import type { Publication, Resource, Selector } from '../source/source.ts'
import type { RoutingFile } from './facts.ts'

/** What a folder with these files would publish at its first read. */
function readRouting(files: readonly RoutingFile[]): Publication {
  return mergeFiles(new Map(files.map(({ name, text }) => [name, readRoutingFile(name, text, () => undefined)])), nothingMerged)
}

/** @returns everything that is wrong, in the order of the files and their lines. */
export function validateFiles(files: readonly RoutingFile[]): ConfigError[] {
  const { resources, errors } = readRouting(files)
  const broken = new Set(errors.flatMap(({ concerns }) => concerns.map(({ kind, name }) => `${kind}/${name}`)))
  // A route to an upstream that is wrong itself is not worth a word of its own.
  const misfits = atOnce(misfitsIn(resources)).filter(({ upstream }) => upstream === undefined || !broken.has(`upstreams/${upstream}`))
  return inFileOrder([...errors.map(plainError), ...misfits.map(({ error }) => error)], files)
}

interface Misfit {
  readonly error: ConfigError
  /** The upstream that a route names and that is not there. */
  readonly upstream: string | undefined
}

/** What would be left out of some workload; a step is one workload. */
export function* misfitsIn(resources: readonly Resource[]): Steps<Misfit[]> {
  const misfits = new Map<string, Misfit>()
  for (const node of namedNodes(resources)) {
    const own = resources.filter(({ selectors }) => isFor(selectors, node))
    for (const { kind, name, origin, message } of consistentRouting(own, emptyRouting).problems) {
      const [, upstream] = /^there is no upstream "(.*)" for/.exec(message) ?? []
      const error = { ...origin, path: `${kind}.${name}`, message }
      misfits.set(formatConfigErrors([error]), { error, upstream })
    }
    yield
  }
  return [...misfits.values()]
}

/** For each selection that is made, a workload that has what it asks for and nothing else. */
function namedNodes(resources: readonly Resource[]): SelectedNode[] {
  const nodes = new Map<string, SelectedNode>()
  for (const { selectors } of resources) {
    const node = nodeOf(selectors)
    if (isFor(selectors, node)) nodes.set(JSON.stringify(node), node)
  }
  return [...nodes.values()]
}

function nodeOf(selectors: readonly Selector[]): SelectedNode {
  const all = Object.assign({}, ...selectors) as Selector
  const labels = Object.assign({}, ...selectors.map((selector) => selector.labels ?? {})) as Record<string, string>
  return { namespace: all.namespace ?? '', workload: all.workload ?? '', labels }
}

/** Without what it concerns. */
export function plainError({ file, line, column, path, message }: ConfigError): ConfigError {
  return { file, line, column, path, message }
}

function inFileOrder(errors: readonly ConfigError[], files: readonly RoutingFile[]): ConfigError[] {
  const rank = new Map(files.map(({ name }, at) => [name, at]))
  const rankOf = ({ file }: ConfigError) => rank.get(file) ?? files.length
  return errors.toSorted((a, b) => rankOf(a) - rankOf(b) || a.line - b.line || a.column - b.column)
}
