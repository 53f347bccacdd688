/**
 * Stack traces of the bundle in terms of the sources: `/opt/tandem/dist/lib/tandem-proxy.cjs:812:7` becomes `proxy/serve.ts:46:9`.
 * The source maps beside the bundle are read when there is a trace to be shown; Node's own support for them would hold 7 MiB all the time.
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'

const place = /(\/[^\s()]+\.cjs):(\d+):(\d+)/g

/** Lines without a source map stay as they are. */
export function sourceStack(stack: string): string {
  const maps = new Map<string, SourceMap | null>()
  const mapOf = (file: string) => {
    if (!maps.has(file)) maps.set(file, readMap(`${file}.map`))
    return maps.get(file) ?? null
  }
  return stack.replaceAll(place, (found, file: string, line: string, column: string) => {
    return sourcePlace(mapOf(file), Number(line), Number(column)) ?? found
  })
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
  } catch {
    return null
  }
}

/** Sources are named from the bundle's folder; what matters is where they lie in the repository. */
function sourcePlace(map: SourceMap | null, line: number, column: number): string | undefined {
  const origin = map?.findOrigin(line, column)
  if (origin === undefined || !('fileName' in origin)) return undefined
  return `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`
}
