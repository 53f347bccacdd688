/**
 * What is wrong with a configuration and where, in words for the person who wrote it.
 */
import { formatPath, type Path } from './path.ts'

export interface ConfigError {
  /** The file; or the variable or flag that the value came from, and then `line` and `column` are 0. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** `routes[2].fanout.to[0].upstream`; empty for the document as a whole. */
  readonly path: string
  readonly message: string
}

/** A finding before it has a position. `part` says whether the key or the value at `path` is meant. */
export interface Finding {
  readonly path: Path
  readonly part: 'key' | 'value'
  readonly message: string
}

export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Finds the place of a path, or of the nearest thing around it that exists. */
export type Locate = (path: Path, part: 'key' | 'value') => Position

export function placed(finding: Finding, locate: Locate): ConfigError {
  return { ...locate(finding.path, finding.part), path: formatPath(finding.path), message: finding.message }
}

/** @param from a variable or a flag. */
export function variableError(from: string, message: string): ConfigError {
  return { file: from, line: 0, column: 0, path: '', message }
}

/** In the order in which a reader meets them, each once. */
export function inReadingOrder(errors: readonly ConfigError[]): ConfigError[] {
  const seen = new Map(errors.map((error) => [formatConfigErrors([error]), error]))
  return [...seen.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
}

/** One line each: `file:line:column: path: message`. */
export function formatConfigErrors(errors: readonly ConfigError[]): string {
  return errors.map(formatConfigError).join('\n')
}

function formatConfigError({ file, line, column, path, message }: ConfigError): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`
}
