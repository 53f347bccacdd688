/**
 * What the control plane of the soaked mesh pushes: two callers, two callees and the witness, all by mutual TLS.
 * The first caller keeps its connections, and speaks HTTP/2 to `b`; the second one gets other upstreams every few editions, and
 * opens its connections anew. Times are long, so that a busy machine fails no call.
 */
export const callers = ['caller-1', 'caller-2'] as const
export const callees = ['a', 'b'] as const

/** YAML: a busy machine lets calls pile up, which is no fault of the mesh. */
export const roomy = 'bulkhead: { connections: 128, pending: 10000, requests: 20000 }'

export interface Addresses {
  /** Ports of the inbound listeners, and of the witness. */
  readonly a: number
  readonly b: number
  readonly witness: number
  /** `host:port` of the APIs. */
  readonly apps: { readonly a: string; readonly b: string }
}

/** @param edition in a route of its own, so that each edition is another version for everybody. */
export function routing({ a, b, witness, apps }: Addresses, edition = 0): string {
  const port = { a, b, witness }
  const upstreams = callers.flatMap((caller) =>
    (['a', 'b', 'witness'] as const).map((callee) => {
      const identity = `tls: mesh, identity: "spiffe://mesh.local/ns/shop/sa/${callee}"`
      const protocol = callee === 'b' && caller === 'caller-1' ? 'http2' : 'http1'
      const times = `timeout: { connect: ${20_000 + (caller === 'caller-2' ? Math.trunc(edition / 8) % 2 : 0)}ms, request: 50s }`
      return `  ${callee}-${caller}: { for: { workload: ${caller} }, endpoints: ["127.0.0.1:${port[callee]}"], ${identity}, protocol: ${protocol}, ${times}, ${roomy} }\n`
    }),
  )
  const routes = callers.flatMap((caller) =>
    (['a', 'b', 'witness'] as const).map(
      (callee) =>
        `  - { name: ${callee}-${caller}, for: { workload: ${caller} }, match: { host: ${callee}.test }, forward: ${callee}-${caller} }\n`,
    ),
  )
  return `listeners:
  - { name: inbound-a, for: { workload: a }, address: "127.0.0.1:${a}", inbound: { app: "${apps.a}" } }
  - { name: inbound-b, for: { workload: b }, address: "127.0.0.1:${b}", inbound: { app: "${apps.b}" } }
upstreams:
${upstreams.join('')}routes:
${routes.join('')}  - { name: edition, match: { host: edition.test }, respond: { body: "${edition}" } }
`
}
