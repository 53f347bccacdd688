/**
 * The values of the shop with every service behind a sidecar of its own: upstreams stay `tls: mesh` with the identities of the example.
 */
import { freePort } from '../../bench/lib/ports.ts'
import type { Origin } from '../harness/origin.ts'
import { example, type Service, services, type ShopValues } from './helm-shop.ts'

/** Where each service's sidecar takes calls. */
export type Doors = Readonly<Record<Service, number>>

export async function doors(): Promise<Doors> {
  return Object.fromEntries(await Promise.all(services.map(async (name) => [name, await freePort()]))) as Record<Service, number>
}

/** What the example says of the app's own port, at one that is free here. */
export function ordersListener(port: number): { readonly name: string } {
  const [orders] = example.listeners
  if (orders === undefined) throw new Error('the example has no listener any more')
  return { ...orders, address: `127.0.0.1:${port}` } as { readonly name: string }
}

/** @param listeners beside those that take calls for the services. */
export function meshShop(
  inbound: Doors,
  apps: Readonly<Record<Service, Origin>>,
  listeners: readonly { readonly name: string }[] = [],
): ShopValues {
  const door = (name: Service) => ({
    name: `${name}-inbound`,
    for: { workload: name },
    address: `127.0.0.1:${inbound[name]}`,
    inbound: { app: apps[name].address, mtls: 'strict', allow: [{ from: 'spiffe://mesh.local/ns/shop/sa/shop-app' }] },
  })
  const upstreams = Object.fromEntries(
    services.map((name) => {
      const { dns: _inTheCluster, ...more } = example.upstreams[name] as { readonly dns: string }
      return [name, { ...more, endpoints: [`127.0.0.1:${inbound[name]}`] }]
    }),
  )
  return { for: example.for, upstreams, listeners: [...services.map(door), ...listeners], routes: example.routes }
}
