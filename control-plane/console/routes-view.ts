/**
 * The routes as `GET /api/routes` shows them: whom each is for, and where it is written.
 */
import type { JsonObject } from '../../proxy/config/push/routing.ts'
import type { RouteFacts } from '../api/facts.ts'
import { upstreamsOf } from '../snapshot/references.ts'
import type { Resource } from '../source/source.ts'

const actions = ['forward', 'split', 'fanout', 'deliver', 'respond', 'redirect'] as const

/** @param resources of every kind; in the order of their names, and of one name in that of the source. */
export function routesView(resources: readonly Resource[]): RouteFacts[] {
  const routes = resources.filter(({ kind }) => kind === 'routes')
  return routes.map(routeFacts).toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

function routeFacts({ name, body, selectors, origin }: Resource): RouteFacts {
  return {
    name,
    for: selectors,
    action: actionOf(body),
    ...(body['match'] === undefined ? {} : { match: body['match'] }),
    upstreams: [...new Set(upstreamsOf(body))],
    file: origin.file,
    line: origin.line,
  }
}

/** A valid route has exactly one. */
function actionOf(body: JsonObject): string {
  return actions.find((action) => body[action] !== undefined) ?? ''
}
