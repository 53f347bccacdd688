/**
 * What `Connection` says (RFC 9110 section 7.6.1): whether the connection lives on, and which fields end here.
 */
import { removeHeader, sameName } from '../../http/headers.ts'
import type { FieldBlock } from './field-block.ts'

export type Persistence = 'close' | 'keep-alive' | 'unsaid'

export interface ConnectionOptions {
  readonly persistence: Persistence
  /** `Connection` names `Upgrade`. */
  readonly upgrades: boolean
}

const unsaid: ConnectionOptions = { persistence: 'unsaid', upgrades: false }
const keepAlive: ConnectionOptions = { persistence: 'keep-alive', upgrades: false }
const close: ConnectionOptions = { persistence: 'close', upgrades: false }

/**
 * Fields that a nomination does not remove. Taking them away would change whom the call is for, how long it is,
 * or who sent it: the class of attack that nominates `Authorization` or `X-Forwarded-For` to slip past a check.
 */
const protectedFields = new Set(['host', 'te', 'authorization', 'cookie', 'cache-control', 'forwarded', 'trailer', 'expect'])

function isProtected(lower: string): boolean {
  return protectedFields.has(lower) || lower.startsWith('content-') || lower.startsWith('x-forwarded-')
}

function readOptions(fields: FieldBlock, value: string): ConnectionOptions {
  const names = value.split(',').map((part) => part.trim().toLowerCase())
  for (const name of names) {
    if (name !== '' && !isProtected(name)) removeHeader(fields.headers, name)
  }
  const lives = names.includes('keep-alive') ? 'keep-alive' : 'unsaid'
  return { persistence: names.includes('close') ? 'close' : lives, upgrades: names.includes('upgrade') }
}

/** Removes the nominated fields from `fields.headers`. */
export function connectionOptions(fields: FieldBlock): ConnectionOptions {
  const value = fields.connection
  if (value === undefined) return unsaid
  if (sameName(value, 'keep-alive')) return keepAlive
  if (sameName(value, 'close')) return close
  return readOptions(fields, value)
}

/** @returns whether a connection lives on after this message; HTTP/1.0 has to ask for it. */
export function persists(options: ConnectionOptions, isHttp10: boolean): boolean {
  return isHttp10 ? options.persistence === 'keep-alive' : options.persistence !== 'close'
}
