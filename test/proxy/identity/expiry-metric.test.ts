import { expect, onTestFinished, test } from 'vitest'
import { createTelemetry } from '../../../proxy/telemetry/create-telemetry.ts'
import { ManualClock } from '../../harness/manual-clock.ts'
import { SeededRandom } from '../../harness/seeded-random.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

test('the metric says how long the certificate is good for, and nothing without one', async () => {
  const random = new SeededRandom(1)
  const telemetry = await createTelemetry({
    node: {},
    tracing: undefined,
    accessLog: undefined,
    clock: new ManualClock(),
    random: { float: () => random.float(), hex: () => '' },
    logger: silent,
    version: 'test',
  })
  onTestFinished(() => telemetry.close(0))
  expect(await telemetry.metricsText()).not.toMatch(/^tandem_certificate_expiry_seconds /m)
  let seconds: number | null = 3600
  telemetry.watchCertificate(() => seconds)
  expect(await telemetry.metricsText()).toContain('\ntandem_certificate_expiry_seconds 3600\n')
  seconds = -5
  expect(await telemetry.metricsText()).toContain('\ntandem_certificate_expiry_seconds -5\n')
})
