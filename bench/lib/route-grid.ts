/**
 * Many routes as a mesh has them: a number of hosts, and below each a number of path prefixes. Every proxy finds the host in a table;
 * the prefixes are what it has to search.
 */
export interface RouteGrid {
  readonly hosts: number
  readonly prefixes: number
}

export interface GridRoute {
  readonly host: string
  /** Without a slash at its end. */
  readonly prefix: string
}

export const fewRoutes: RouteGrid = { hosts: 2, prefixes: 5 }
export const manyRoutes: RouteGrid = { hosts: 100, prefixes: 100 }

export function prefixesOf({ prefixes }: RouteGrid): string[] {
  return Array.from({ length: prefixes }, (_, index) => `/resource-${index}`)
}

export function hostsOf({ hosts }: RouteGrid): string[] {
  return Array.from({ length: hosts }, (_, index) => `service-${index}.bench.internal`)
}

/** All of them, host by host. */
export function routeGrid(grid: RouteGrid): GridRoute[] {
  return hostsOf(grid).flatMap((host) => prefixesOf(grid).map((prefix) => ({ host, prefix })))
}
