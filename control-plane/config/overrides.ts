/**
 * Flags and `TANDEM_*` variables of the control plane: the scalars of control-plane.yaml that can be said without the file.
 * Precedence: flag, then variable, then file. An error in one names the variable or the flag.
 */
import { resolve } from 'node:path'
import type { Override, Texts } from '../../proxy/config/overrides.ts'
import { unknownVariables, variableOf } from '../../proxy/config/overrides.ts'
import type { ConfigError } from '../../proxy/config/config-error.ts'

/** Keyed by the flag without its dashes. */
const table: Readonly<Record<string, readonly string[]>> = {
  'trust-domain': ['trustDomain'],
  state: ['state'],
  'config-address': ['listen', 'config'],
  'metrics-address': ['listen', 'metrics'],
  'console-address': ['listen', 'console'],
  'source-folder': ['source', 'folder'],
  'push-debounce': ['push', 'debounce'],
  'push-rollout': ['push', 'rollout'],
  'authority-ttl': ['authority', 'ttl'],
  'authority-overlap': ['authority', 'overlap'],
  'operator-token': ['operatorToken'],
}

/** Typed in a shell, they start from where the shell is. */
const paths = new Set(['state', 'source-folder'])

/** A secret among the arguments would stand in every list of processes. */
const variableOnly = new Set(['operator-token'])

/** Each takes a value. */
export const overrideFlags: readonly string[] = Object.keys(table).filter((flag) => !variableOnly.has(flag))

/** @param flags by name without dashes. An empty variable counts as unset. */
export function readOverrides(env: Texts, flags: Texts): Override[] {
  return Object.entries(table).flatMap(([flag, path]): Override[] => {
    const from = flags[flag] === undefined ? variableOf(flag) : `--${flag}`
    const text = flags[flag] ?? env[from]
    if (text === undefined || (text === '' && flags[flag] === undefined)) return []
    return [{ path, value: paths.has(flag) ? resolve(text) : text, from, yieldsTo: 'nothing' }]
  })
}

/** Of variables that look as if they were for the control plane and do nothing. */
export function variableWarnings(env: Texts): ConfigError[] {
  return unknownVariables(env, Object.keys(table).map(variableOf))
}
