/**
 * respond and redirect: answers that need no destination.
 */
import type { RedirectConfig, RespondConfig } from '../config/schema/route.ts'
import { setHeader } from '../http/headers.ts'
import type { Action, Call } from './call.ts'

export function compileRespond({ status, headers, body }: RespondConfig): Action {
  const bytes = Buffer.from(body)
  const fields = Object.entries(headers).flat()
  if (status !== 204 && status !== 304) setHeader(fields, 'content-length', String(bytes.length))
  return (call) => call.answer(status, fields.slice(), bytes)
}

/** What the configuration does not name stays as the caller sent it (Gateway API's HTTPRequestRedirectFilter). */
export function compileRedirect(config: RedirectConfig): Action {
  return (call) => call.answer(config.status, ['location', locationOf(config, call), 'content-length', '0'], Buffer.alloc(0))
}

function locationOf(config: RedirectConfig, call: Call): string {
  const scheme = config.scheme ?? call.exchange.scheme
  const host = config.host ?? hostname(call.authority)
  const port = config.port ?? (config.scheme === undefined && config.host === undefined ? portOf(call.authority) : undefined)
  const shownPort = port === undefined || port === wellKnownPort(scheme) ? '' : `:${port}`
  return `${scheme}://${host}${shownPort}${pathOf(config.path, call.path)}`
}

function pathOf(replacement: string | undefined, path: string): string {
  if (replacement === undefined) return path
  const query = path.indexOf('?')
  return query === -1 || replacement.includes('?') ? replacement : replacement + path.slice(query)
}

function wellKnownPort(scheme: string): number {
  return scheme === 'https' ? 443 : 80
}

function portStart(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']') ? colon : -1
}

function hostname(authority: string): string {
  const start = portStart(authority)
  return start === -1 ? authority : authority.slice(0, start)
}

function portOf(authority: string): number | undefined {
  const start = portStart(authority)
  return start === -1 ? undefined : Number(authority.slice(start + 1))
}
