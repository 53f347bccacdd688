/**
 * A routing file of many routes, in YAML: what takes seconds to read.
 */
export function manyRoutes(count: number, timeout = '3s'): string {
  const route = (n: number) =>
    `  - { name: route-${n}, match: { host: service-${n % 500}.shop.internal, pathPrefix: /api/v1/resource-${n}, method: [GET, POST] }, forward: u, timeout: ${timeout} }\n`
  return `upstreams:\n  u: { endpoints: ["10.0.0.1:8080"] }\nroutes:\n${Array.from({ length: count }, (_, n) => route(n)).join('')}`
}
