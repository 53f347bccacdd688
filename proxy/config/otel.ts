/**
 * The `OTEL_*` variables that say what the configuration can say too, with the meaning that OpenTelemetry gives them
 * (specification, "Environment Variable Specification"). The file wins over them; OTEL_SDK_DISABLED wins over the file.
 * What only the exporter cares for (headers, compression, certificates, resource attributes) it reads by itself.
 */
import { variableError } from './config-error.ts'
import type { Override, Overrides, Texts } from './overrides.ts'
import type { Path } from './path.ts'

const otlp: Path = ['tracing', 'otlp']
const tracesPath = '/v1/traces'

/** Where spans are posted to. @param base `tracing.otlp`; a URL that ends in `/traces` is taken as it is. */
export function tracesUrl(base: string): string {
  const bare = base.replace(/\/+$/, '')
  return bare.endsWith('/traces') ? bare : bare + tracesPath
}

export function readOtel(env: Texts): Overrides {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return { overrides: [disabled('OTEL_SDK_DISABLED')], warnings: [] }
  if (env['OTEL_TRACES_EXPORTER'] === 'none') return { overrides: [disabled('OTEL_TRACES_EXPORTER')], warnings: [] }
  const readings = [readEndpoint(env), readSampler(env), readPropagators(env), readProtocol(env)]
  return { overrides: readings.flatMap((reading) => reading.overrides), warnings: readings.flatMap((reading) => reading.warnings) }
}

const nothing: Overrides = { overrides: [], warnings: [] }

function disabled(from: string): Override {
  return { path: otlp, value: undefined, from, yieldsTo: 'nothing' }
}

function says(from: string, path: Path, value: unknown): Overrides {
  return { overrides: [{ path, value, from, yieldsTo: 'file' }], warnings: [] }
}

/** OpenTelemetry wants what it cannot use to be ignored, with a warning. */
function ignored(from: string, reason: string): Overrides {
  return { overrides: [], warnings: [variableError(from, `ignored: ${reason}`)] }
}

function readEndpoint(env: Texts): Overrides {
  for (const from of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const url = env[from]
    if (url === undefined || url === '') continue
    if (!URL.canParse(url) || !/^https?:/.test(url)) return ignored(from, 'expected an http or https URL')
    return says(from, otlp, from.includes('TRACES') ? url : url.replace(/\/+$/, '') + tracesPath)
  }
  return nothing
}

function readSampler(env: Texts): Overrides {
  const sampler = env['OTEL_TRACES_SAMPLER']?.replace(/^parentbased_/, '')
  if (sampler === undefined || sampler === '') return nothing
  if (sampler === 'always_on') return says('OTEL_TRACES_SAMPLER', ['tracing', 'sample'], 100)
  if (sampler === 'always_off') return says('OTEL_TRACES_SAMPLER', ['tracing', 'sample'], 0)
  if (sampler !== 'traceidratio')
    return ignored('OTEL_TRACES_SAMPLER', 'expected always_on, always_off or traceidratio, with or without parentbased_')
  const ratio = Number(env['OTEL_TRACES_SAMPLER_ARG'] ?? '1')
  if (!(ratio >= 0 && ratio <= 1)) return ignored('OTEL_TRACES_SAMPLER_ARG', 'expected a number from 0 to 1')
  return says('OTEL_TRACES_SAMPLER_ARG', ['tracing', 'sample'], ratio * 100)
}

const propagators: Readonly<Record<string, string>> = { tracecontext: 'tracecontext', baggage: 'baggage', b3: 'b3', b3multi: 'b3' }

function readPropagators(env: Texts): Overrides {
  const from = 'OTEL_PROPAGATORS'
  const names = (env[from] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none')
  if ((env[from] ?? '') === '') return nothing
  const unknown = names.find((name) => !Object.hasOwn(propagators, name))
  if (unknown !== undefined) return ignored(from, `\`${unknown}\` is not known, expected tracecontext, baggage, b3, b3multi or none`)
  return says(from, ['tracing', 'propagate'], [...new Set(names.map((name) => propagators[name]))])
}

function readProtocol(env: Texts): Overrides {
  for (const from of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    if (env[from] === 'grpc') return ignored(from, "spans are exported by OTLP over HTTP; name the collector's HTTP port (4318)")
  }
  return nothing
}
