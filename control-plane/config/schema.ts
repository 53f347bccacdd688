/**
 * control-plane.yaml: the whole language of it. Types, validation, defaults and what errors expect come from here.
 */
import * as z from 'zod/mini'
import { address, credential, duration } from '../../proxy/config/schema/scalars.ts'

const trustDomainTitle = 'a trust domain such as mesh.local, in lower case'
const file = z.string().check(z.minLength(1))

const listen = z.strictObject({
  config: z._default(address, '0.0.0.0:15010').check(z.describe('Where sidecars get their routing and their certificates; TLS.')),
  metrics: z._default(address, '0.0.0.0:15014').check(z.describe('Where `/metrics`, `/ready` and `/live` are served.')),
  console: z
    ._default(address, '127.0.0.1:15080')
    .check(z.describe('The API of `tandemctl` and the console; `operatorToken` is needed where it is not loopback.')),
})

const source = z.strictObject({
  folder: file.check(z.describe('Every `*.yaml`, `*.yml` and `*.json` below it, watched.')),
})

const push = z.strictObject({
  debounce: z._default(duration, 100).check(z.describe('A change is pushed when the source has been quiet for this long, 10 s at most.')),
  rollout: z
    ._default(z.enum(['all', 'canary']), 'all')
    .check(z.describe('`canary` pushes to one sidecar of each workload first, and goes on when it took the change.')),
})

const authority = z.strictObject({
  ttl: z._default(duration, 86_400_000).check(z.describe('How long a certificate of a workload is good for; renewed at half of it.')),
  overlap: z
    ._default(duration, 3_600_000)
    .check(z.describe('How long the old and the new root are both trusted before the new one signs, when the root is changed.')),
  hosts: z
    ._default(z.array(file), [])
    .check(z.describe('Further host names and IP addresses under which sidecars reach the config port; they go into its certificate.')),
  cert: z.optional(file).check(z.describe('A root or intermediate from outside, PEM file. Without it the control plane makes a root.')),
  key: z.optional(file).check(z.describe('The private key of `cert`, PEM file.')),
  chain: z.optional(file).check(z.describe('What stands above `cert`, up to the root, PEM file. Not needed where `cert` is a root.')),
})

export const controlPlaneConfig = z.strictObject({
  $schema: z.optional(z.string()).check(z.describe('For editors. Not read.')),
  trustDomain: z
    .string()
    .check(
      z.regex(/^[a-z0-9._-]{1,255}$/, trustDomainTitle),
      z.meta({ title: trustDomainTitle }),
      z.describe('The first part of every identity: `spiffe://<trustDomain>/ns/...`.'),
    ),
  state: z
    ._default(file, './tandem-state')
    .check(z.describe('Folder for the CA key, hashed tokens and the audit log; created for its owner alone.')),
  listen: z._default(listen, {
    config: '0.0.0.0:15010',
    metrics: '0.0.0.0:15014',
    console: '127.0.0.1:15080',
  }),
  source: source.check(z.describe('Where routing comes from.')),
  push: z._default(push, { debounce: 100, rollout: 'all' }).check(z.describe('How changes reach the sidecars.')),
  authority: z
    ._default(authority, { ttl: 86_400_000, overlap: 3_600_000, hosts: [] })
    .check(z.describe('Who signs certificates, and for how long.')),
  operatorToken: z
    .optional(credential)
    .check(z.describe('What operators show on the console address: `${file:PATH}` or `${env:NAME}`, at least 16 characters.')),
})

/** Paths are absolute, secrets are filled in. */
export type ControlPlaneConfig = z.infer<typeof controlPlaneConfig>
