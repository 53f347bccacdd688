/**
 * What one look-up in the route table costs, with 10 routes and with 10,000: `node bench/micro/route/table.ts`.
 *
 * Host and path are cut fresh from a buffer for every look-up, as they are from a socket, so that no hash of an earlier look-up helps.
 * The cost of cutting them is measured too and taken off. The median of several rounds is printed, and their spread.
 */
import { buildRouteTable, type RouteTable, type RouteTableEntry } from '../../../proxy/route/table.ts'

const rounds = 15
const lookups = 100_000
const headers = ['host', 'x', 'x-tenant', 'acme', 'accept', '*/*', 'user-agent', 'bench/1.0']

type Shape = (number: number) => RouteTableEntry<number>['match'][number]

/** How routes differ from one another. */
const shapes: Readonly<Record<string, Shape>> = {
  'by host': (number) => ({ host: `service-${number}.shop.internal` }),
  'by exact path': (number) => ({ host: 'shop.internal', path: `/service-${number}/orders` }),
  'by prefix': (number) => ({ host: 'shop.internal', pathPrefix: `/service-${number}` }),
  'by prefix and header': (number) => ({ pathPrefix: `/service-${number}`, headers: { 'x-tenant': 'acme' } }),
}

function tableOf(shape: Shape, count: number): RouteTable<number> {
  return buildRouteTable(Array.from({ length: count }, (_, number) => ({ name: `route-${number}`, match: [shape(number)], value: number })))
}

interface Target {
  readonly bytes: Buffer
  readonly hostEnd: number
}

/** The same ten targets whatever the size of the table, so that only the table differs. */
function targetsOf(shape: Shape): Target[] {
  return Array.from({ length: 10 }, (_, number) => {
    const { host = 'shop.internal' } = shape(number)
    return { bytes: Buffer.from(`${host}/service-${number}/orders`), hostEnd: host.length }
  })
}

function nsPerLookup(targets: readonly Target[], look: (host: string, path: string) => boolean): number {
  const start = performance.now()
  for (let i = 0; i < lookups; i++) {
    const { bytes, hostEnd } = targets[i % targets.length] as Target
    if (!look(bytes.toString('latin1', 0, hostEnd), bytes.toString('latin1', hostEnd))) throw new Error('no route')
  }
  return ((performance.now() - start) * 1e6) / lookups
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number
}

/** Both tables in turn, round by round, so that a slow spell of the machine hits both. */
function measure(shape: Shape): { few: number[]; many: number[] } {
  const targets = targetsOf(shape)
  const few = tableOf(shape, 10)
  const many = tableOf(shape, 10_000)
  const figures: { few: number[]; many: number[] } = { few: [], many: [] }
  for (let round = 0; round < rounds; round++) {
    const cutting = nsPerLookup(targets, (host, path) => host !== path)
    for (const [table, into] of [[few, figures.few] as const, [many, figures.many] as const]) {
      const look = (host: string, path: string) => table.match({ host, path, query: '', method: 'GET', headers }) !== undefined
      into.push(nsPerLookup(targets, look) - cutting)
    }
  }
  return figures
}

process.stdout.write(`${'routes told apart'.padEnd(24)}${'10'.padStart(8)}${'10,000'.padStart(10)}   ns per match, median of ${rounds}\n`)
for (const [title, shape] of Object.entries(shapes)) {
  const { few, many } = measure(shape)
  const spread = `${Math.min(...many).toFixed(0)} to ${Math.max(...many).toFixed(0)}`
  const ratio = (median(many) / median(few)).toFixed(2)
  const figures = `${median(few).toFixed(0).padStart(8)}${median(many).toFixed(0).padStart(10)}`
  process.stdout.write(`${title.padEnd(24)}${figures}   ratio ${ratio}, 10,000: ${spread}\n`)
}
