/**
 * The routes as they are configured, for GET /routes. Which of them wins is not a matter of their order: see route/table.ts.
 */
import type { RoutingObjects } from './config/push/routing-objects.ts'

export interface RouteView {
  readonly name: string
  readonly action: string
  readonly match: unknown
}

export function routesView(routes: RoutingObjects['routes']): readonly RouteView[] {
  return Array.from(routes.values(), ({ name, match, ...route }) => {
    const { forward, split, fanout, respond } = route
    const action = forward ? 'forward' : split ? 'split' : fanout ? 'fanout' : respond ? 'respond' : 'redirect'
    return { name, action, match: match ?? {} }
  })
}
