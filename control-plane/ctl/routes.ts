/**
 * `tandemctl routes`: every route that the control plane pushes, whom it is for and where it is written.
 */
import type { RouteFacts } from '../api/facts.ts'
import type { Selector } from '../source/source.ts'
import { routeFacts } from './answers.ts'
import type { Command } from './command.ts'
import { printRows } from './table.ts'

export const routes: Command = {
  words: ['routes'],
  summary: 'List the routes, whom they are for and where they are written',
  operands: '',
  options: {},
  examples: ['tandemctl routes', `tandemctl routes -o json | jq '.[] | {name, file, line}'`],
  async run(call) {
    const facts = await call.console.call(routeFacts, 'GET', '/api/routes')
    const columns = [
      { heading: 'NAME', cell: (route: RouteFacts) => route.name },
      { heading: 'FOR', cell: (route: RouteFacts) => forWhom(route.for) },
      { heading: 'MATCH', cell: (route: RouteFacts) => matched(route.match) },
      { heading: 'ACTION', cell: (route: RouteFacts) => route.action },
      { heading: 'UPSTREAMS', cell: (route: RouteFacts) => route.upstreams.join(',') },
      { heading: 'FROM', cell: (route: RouteFacts) => `${route.file}:${route.line}` },
    ]
    printRows(call, facts, columns, 'there are no routes')
  },
}

function forWhom(selectors: readonly Selector[]): string {
  const words = selectors.flatMap(({ namespace, workload, labels = {} }) => [
    ...(namespace === undefined ? [] : [`namespace=${namespace}`]),
    ...(workload === undefined ? [] : [`workload=${workload}`]),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  ])
  return words.length === 0 ? 'everybody' : [...new Set(words)].join(',')
}

/** The first alternative in short, and how many more there are. */
function matched(match: unknown): string {
  const [first, ...others] = (Array.isArray(match) ? match : [match]) as (Readonly<Record<string, unknown>> | undefined)[]
  if (first === undefined) return 'every call'
  const { method, host, path, pathPrefix, pathRegex, ...further } = first
  const where = `${wordOf(host)}${wordOf(path)}${pathPrefix === undefined ? '' : `${wordOf(pathPrefix)}...`}${wordOf(pathRegex)}`
  const words = [wordOf(method), where, ...Object.keys(further), ...(others.length === 0 ? [] : [`(or ${others.length} more)`])]
  return words.filter((word) => word !== '').join(' ')
}

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordOf).join('|')
  return typeof value === 'string' ? value : ''
}
