import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatConfigErrors } from '../../../proxy/config/load.ts'
import { overrideFlags, readOverrides, variableOf } from '../../../proxy/config/overrides.ts'
import { tracesUrl } from '../../../proxy/config/otel.ts'
import { errorsOf, loaded } from './loading.ts'

const certificateFile = join(import.meta.dirname, '../../harness/certificates/ca.pem')

type Texts = Record<string, string>

const configOf = (text: string, env: Texts, flags: Texts = {}) => loaded(text, env, readOverrides(env, flags).overrides).config
const otel = (env: Texts, text = '') => configOf(text, env).tracing
const warningsOf = (env: Texts) => formatConfigErrors(readOverrides(env, {}).warnings)

describe('flags and variables', () => {
  const file = 'admin: { address: "127.0.0.1:1" }\n'

  test('go before the file, a flag before its variable', () => {
    const env = { TANDEM_ADMIN_ADDRESS: '127.0.0.1:2' }
    expect(configOf(file, {}).admin.address).toBe('127.0.0.1:1')
    expect(configOf(file, env).admin.address).toBe('127.0.0.1:2')
    expect(configOf(file, env, { 'admin-address': '127.0.0.1:3' }).admin.address).toBe('127.0.0.1:3')
  })

  test('reach every bootstrap scalar, from an empty file too', () => {
    const values: Texts = {
      'admin-address': '127.0.0.1:1',
      'health-address': '127.0.0.1:2',
      'node-id': 'i',
      'node-workload': 'w',
      'node-namespace': 'n',
      'control-plane-url': 'https://cp:15010',
      'control-plane-trust-bundle': certificateFile,
      'control-plane-last-good': '/last-good.json',
      'tracing-otlp': 'http://c:4318',
      'tracing-sample': '12.5',
      'access-log-to': 'stderr',
      'access-log-format': 'text',
      'drain-delay': '1s',
      'drain-timeout': '2s',
      concurrency: '1',
    }
    expect(Object.keys(values)).toEqual([...overrideFlags])
    const token = { TANDEM_CONTROL_PLANE_TOKEN: 's3cret' }
    const env = { ...token, ...Object.fromEntries(Object.entries(values).map(([flag, value]) => [variableOf(flag), value])) }
    const expected = {
      admin: { address: '127.0.0.1:1' },
      health: { address: '127.0.0.1:2' },
      node: { id: 'i', workload: 'w', namespace: 'n' },
      controlPlane: { url: 'https://cp:15010', token: 's3cret', trustBundle: certificateFile, lastGood: '/last-good.json' },
      tracing: { otlp: 'http://c:4318', sample: 12.5 },
      accessLog: { to: 'stderr', format: 'text' },
      drain: { delay: 1_000, timeout: 2_000 },
      concurrency: 1,
    }
    expect(configOf('', env)).toMatchObject(expected)
    expect(configOf('', token, values)).toMatchObject(expected)
  })

  test('a token is taken from its variable only: a flag would stand in every list of processes', () => {
    expect(overrideFlags).not.toContain('control-plane-token')
    expect(readOverrides({}, { 'control-plane-token': 's3cret' }).overrides).toEqual([])
  })

  test('are named by their errors in place of a position', () => {
    const env = { TANDEM_DRAIN_TIMEOUT: '30', TANDEM_CONCURRENCY: '65', TANDEM_TRACING_SAMPLE: 'half' }
    const errors = errorsOf(file, {}, readOverrides(env, { 'admin-address': 'x' }).overrides)
    expect(errors.toSorted()).toEqual([
      '--admin-address: admin.address: found "x", expected an address such as 127.0.0.1:8080 or [::1]:8080',
      'TANDEM_CONCURRENCY: concurrency: found the number 65, expected a whole number from 1 to 64',
      'TANDEM_DRAIN_TIMEOUT: drain.timeout: found "30", expected a duration such as 250ms, 2s or 1m',
      'TANDEM_TRACING_SAMPLE: tracing.sample: found "half", expected a percentage from 0 to 100',
    ])
  })

  test('do not cover up that the file has something else in their place', () => {
    expect(errorsOf('admin: 5\n', {}, readOverrides({ TANDEM_ADMIN_ADDRESS: '127.0.0.1:2' }, {}).overrides)).toEqual([
      '1:8: admin: found the number 5, expected an object',
    ])
  })

  test('that are empty say nothing, a flag that is empty does', () => {
    expect(configOf(file, { TANDEM_ADMIN_ADDRESS: '' }).admin.address).toBe('127.0.0.1:1')
    expect(errorsOf(file, {}, readOverrides({}, { 'admin-address': '' }).overrides)).toHaveLength(1)
  })

  test('that nobody knows are warned about, but not what Kubernetes sets for a service of that name', () => {
    const links = {
      TANDEM_CONTROL_PLANE_SERVICE_HOST: '10.0.0.1',
      TANDEM_CONTROL_PLANE_PORT_15010_TCP_ADDR: '10.0.0.1',
      TANDEM_CONTROL_PLANE_PORT: 'tcp://10.0.0.1:15010',
    }
    expect(warningsOf({ ...links, TANDEM_CONFIG: 'f', TANDEM_SERVER: 's', TANDEM_ADMIN_ADRESS: 'x', TANDEM_ZEBRA: '1' })).toBe(
      'TANDEM_ADMIN_ADRESS: unknown variable, did you mean `TANDEM_ADMIN_ADDRESS`?\nTANDEM_ZEBRA: unknown variable',
    )
  })
})

describe('variables of OpenTelemetry', () => {
  test('an endpoint turns tracing on where the file has none', () => {
    expect(otel({})).toBeUndefined()
    expect(otel({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' })?.otlp).toBe('http://c:4318/v1/traces')
    expect(otel({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'tracing: { sample: 5 }')).toMatchObject({
      otlp: 'http://c:4318/v1/traces',
      sample: 5,
    })
    expect(otel({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'tracing: { otlp: "http://own:4318" }')?.otlp).toBe('http://own:4318')
  })

  test('an endpoint for traces goes before the general one and is taken as it is', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1/x/traces' }
    expect(otel(env)?.otlp).toBe('http://t:1/x/traces')
    expect(tracesUrl('http://t:1/x/traces')).toBe('http://t:1/x/traces')
    expect(tracesUrl('http://c:4318/')).toBe('http://c:4318/v1/traces')
  })

  test('a variable or flag of our own goes before it', () => {
    const env = { TANDEM_TRACING_OTLP: 'http://own:4318', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }
    expect(otel(env)?.otlp).toBe('http://own:4318')
  })

  test('a disabled SDK exports nothing, whatever the file says, and context still travels', () => {
    const tracing = otel({ OTEL_SDK_DISABLED: 'true' }, 'tracing: { otlp: "http://own:4318", propagate: [b3] }')
    expect(tracing).toEqual({ sample: 100, propagate: ['b3'] })
    expect(otel({ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' })).toBeUndefined()
  })

  test.each([
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, 100],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, 0],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 25],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, 100],
    [{ OTEL_TRACES_SAMPLER_ARG: '0.25' }, undefined],
  ])('%o samples %s percent', (env: Texts, sample) => {
    expect(otel(env)?.sample).toBe(sample)
  })

  test('propagators are taken over by their own names', () => {
    expect(otel({ OTEL_PROPAGATORS: 'tracecontext, b3,b3multi' })?.propagate).toEqual(['tracecontext', 'b3'])
    expect(otel({ OTEL_PROPAGATORS: 'none' })?.propagate).toEqual([])
  })

  test('what cannot be used is ignored with a warning', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_PROPAGATORS: 'xray',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    }
    expect(otel(env)).toBeUndefined()
    expect(warningsOf(env).split('\n')).toHaveLength(4)
  })
})
