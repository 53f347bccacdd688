/**
 * What the tests of the loader say over and over: load a text, and name what came of it.
 */
import { formatConfigErrors, type LoadedConfig, loadConfig } from '../../../proxy/config/load.ts'
import type { Override } from '../../../proxy/config/overrides.ts'

/** Position, path and message of each error, without the file; empty where the text is valid. */
export function errorsOf(text: string, env: Record<string, string> = {}, overrides: readonly Override[] = []): string[] {
  const result = loadConfig({ file: 'tandem.yaml', text }, overrides, env)
  return result.ok
    ? []
    : formatConfigErrors(result.errors)
        .split('\n')
        .map((line) => line.replace(/^tandem\.yaml:/, ''))
}

/** Messages alone. */
export function messagesOf(text: string, env: Record<string, string> = {}): string[] {
  const result = loadConfig({ file: 'tandem.yaml', text }, [], env)
  return result.ok ? [] : result.errors.map((error) => error.message)
}

export function loaded(text: string, env: Record<string, string> = {}, overrides: readonly Override[] = []): LoadedConfig {
  const result = loadConfig({ file: 'tandem.yaml', text }, overrides, env)
  if (!result.ok) throw new Error(formatConfigErrors(result.errors))
  return result
}

/** A document with one upstream `a` and one route that has these lines beside its name. */
export function withRoute(lines: string): string {
  return `upstreams: { a: { dns: "a.test:80" }, b: { dns: "b.test:80" } }\nroutes:\n  - { name: r, ${lines} }\n`
}

/** A document with one upstream that has these keys. */
export function withUpstream(keys: string): string {
  return `upstreams:\n  u: { ${keys} }\n`
}
