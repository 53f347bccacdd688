/**
 * Whether the objects of a sidecar fit together, its own and those that were pushed: names that are used, addresses that are wanted.
 */
import type { Steps } from '../../runtime/steps.ts'
import { TakenAddresses } from '../checks/addresses.ts'
import { Findings } from '../checks/findings.ts'
import { checkUpstreamNames } from '../checks/names.ts'
import type { Finding } from '../config-error.ts'
import { Cursor } from '../cursor.ts'
import type { Config } from '../schema/config.ts'
import type { Changes } from './changes.ts'
import { cursorOf } from './check-routing.ts'
import type { RoutingObjects } from './routing-objects.ts'

/**
 * @param own for the other addresses of this sidecar.
 * @param changes since they fitted together last; null where it is not known what changed.
 */
export function* checkTogether(objects: RoutingObjects, own: Config, changes: Changes | null): Steps<readonly Finding[]> {
  const findings = new Findings()
  yield* checkUpstreams(objects, changes, findings)
  const taken = new TakenAddresses(findings)
  taken.add('admin', new Cursor(own.admin.address, ['admin', 'address']), '')
  taken.add('health', new Cursor(own.health.address, ['health', 'address']), '')
  for (const [name, listener] of objects.listeners) taken.addListener(cursorOf('listeners', name, listener))
  return findings.errors
}

/** A route that was not touched can only be wrong where an upstream is gone. */
function* checkUpstreams({ upstreams, routes }: RoutingObjects, changes: Changes | null, findings: Findings): Steps<void> {
  const suspects = changes === null || changes.remove.upstreams.size > 0 ? routes : changes.set.routes
  for (const name of suspects.keys()) {
    const route = routes.get(name)
    if (route !== undefined) checkUpstreamNames(cursorOf('routes', name, route), upstreams, findings)
    yield
  }
}
