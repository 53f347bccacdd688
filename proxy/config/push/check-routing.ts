/**
 * Checks what the objects of one routing say of one another. Each by itself is checked by `checkObject`.
 */
import { TakenAddresses } from '../checks/addresses.ts'
import { Findings } from '../checks/findings.ts'
import { checkUpstreamNames } from '../checks/names.ts'
import type { Finding } from '../config-error.ts'
import { Cursor } from '../cursor.ts'
import type { JsonObject, Kind, Routing } from './routing.ts'

/** @returns what is wrong; paths begin with the kind and the name of the object that is to blame. */
export function checkRouting({ listeners, upstreams, routes }: Routing): Finding[] {
  const findings = new Findings()
  const known = new Map(Object.entries(upstreams))
  for (const [name, route] of Object.entries(routes)) checkUpstreamNames(cursorOf('routes', name, route), known, findings)
  const taken = new TakenAddresses(findings)
  for (const [name, listener] of Object.entries(listeners)) taken.addListener(cursorOf('listeners', name, listener))
  return findings.errors
}

/** An object where it stands in its routing. */
export function cursorOf(kind: Kind, name: string, object: JsonObject): Cursor {
  return new Cursor(object, [kind, name])
}
