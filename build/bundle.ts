/**
 * The bundle: each program of Tandem as one CommonJS file; what programs share, and late parts (tracing, metrics, expressions), in files beside it.
 *
 * CommonJS, because Node reads an `import` of a built-in module whole: of node:http that is 15 MiB more than `require` costs.
 * ASCII only, because V8 keeps a text with one wider character at two bytes each. Names and lines stay: they stand in stack traces.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'

export const root = join(import.meta.dirname, '..')

/** File name in the bundle -> source. `proxy/runtime/on-demand.ts` loads the packages by the name that `imports` of the bundle's package.json gives them. */
const entries = {
  'tandem-proxy': 'proxy/main.ts',
  'tandem-control-plane': 'control-plane/main.ts',
  tandemctl: 'control-plane/ctl/main.ts',
  jsonata: 'jsonata',
  re2js: 're2js',
}

const manifest = { type: 'commonjs', imports: { '#jsonata': './lib/jsonata.cjs', '#re2js': './lib/re2js.cjs' } }

/** How a source names a program that runs in a process or thread of its own. */
const programReference = /new URL\('([^']+\.ts)', import\.meta\.url\)/g

/** Programs that are started by file become files of the bundle, named after their path. */
const startedPrograms: Plugin = {
  name: 'started-programs',
  transform: {
    filter: { id: /\.ts$/ },
    handler(code, importer) {
      if (code.search(programReference) === -1) return null
      const bundled = (path: string) => {
        const id = resolve(dirname(importer), path)
        const fileName = `${relative(root, id).replace(/\.ts$/, '').replaceAll('/', '-')}.cjs`
        this.emitFile({ type: 'chunk', id, fileName })
        return `new URL('./${fileName}', import.meta.url)`
      }
      return { code: code.replaceAll(programReference, (_reference, path: string) => bundled(path)), map: null }
    },
  },
}

/** What OpenTelemetry's SDK would make by itself, if it were not given all that it is to use: of 1 MiB, two thirds. */
const neverMade = /^@opentelemetry\/(exporter-(?!trace-otlp-http$).+|otlp-grpc-exporter-base|sdk-metrics|propagator-b3|configuration)$/

const leftOut: Plugin = {
  name: 'left-out',
  resolveId: { filter: { id: neverMade }, handler: (id) => `\0left-out:${id}` },
  load: { filter: { id: /^\0left-out:/ }, handler: () => 'module.exports = {}' },
}

/** Wider characters stand in texts, templates and regular expressions only, and mean the same there when they are escaped. */
function ascii(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Writes `lib/` and the package.json that belongs to it. @returns the files of `lib/`. */
export async function writeBundle(folder: string): Promise<readonly OutputChunk[]> {
  const build = await rolldown({ input: entries, cwd: root, platform: 'node', plugins: [startedPrograms, leftOut] })
  const { output } = await build.generate({
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    sourcemap: 'hidden',
    minify: { mangle: false, compress: true, codegen: { removeWhitespace: false } },
    comments: false,
  })
  await build.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  for (const chunk of chunks) writeChunk(join(folder, 'lib'), chunk)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return chunks
}

/** Lines stay, so the bundler's source map holds; of a line with an escaped character only the columns behind it have moved. */
function writeChunk(folder: string, { fileName, code, map }: OutputChunk): void {
  const reference = map === null ? '' : `//# sourceMappingURL=${fileName}.map\n`
  writeFileSync(join(folder, fileName), `${ascii(code)}${reference}`)
  if (map !== null) writeFileSync(join(folder, `${fileName}.map`), JSON.stringify(map))
}
