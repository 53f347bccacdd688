/**
 * The way to the control plane, which pushes routing and issues certificates. Part of the bootstrap: it is never pushed itself.
 */
import * as z from 'zod/mini'
import { credential } from './scalars.ts'

const httpsUrl = z.string().check(
  z.regex(/^https:\/\/(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\/?$/),
  z.refine((text) => URL.canParse(text)),
  z.meta({ title: 'an https URL of a host and a port such as https://tandem-control-plane:15010' }),
)

const filePath = z.string().check(z.minLength(1), z.meta({ title: 'the path of a file' }))

export const controlPlane = z.strictObject({
  url: httpsUrl.check(z.describe('Its config port.')),
  token: credential.check(
    z.minLength(1),
    z.describe('Join token, or the token of a Kubernetes service account: it decides who this workload is. Usually `${file:...}`.'),
  ),
  trustBundle: filePath.check(z.describe('PEM file with the certificates that the control plane is trusted by; its `ca.pem`.')),
  lastGood: z
    ._default(filePath, './tandem-last-good.json')
    .check(z.describe('Where the last routing that was good is kept, for a start without the control plane.')),
})

export type ControlPlaneConfig = z.infer<typeof controlPlane>
