/**
 * Who may use the console: operators, told by their token, or by being on this machine where the address is loopback.
 *
 * Invariant: no web page of another origin can use it through somebody's browser. A name that was made to point at loopback
 * (DNS rebinding) is refused by its Host, a form or script of another page by its Origin.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopbackHost } from '../config/loopback.ts'
import { ConsoleProblem } from './problem.ts'

/** `operator` can change things or shows secrets; `reader` shows what is in force. */
export type Need = 'reader' | 'operator'

export interface AccessRules {
  /** Whether only this machine reaches the console. */
  readonly loopback: boolean
  /** undefined where there is none, which the configuration allows on loopback only. */
  readonly operatorToken: string | undefined
}

/** @throws ConsoleProblem 401, 403 or 421. */
export function checkAccess({ loopback, operatorToken }: AccessRules, need: Need, headers: IncomingHttpHeaders): void {
  if (loopback && !isLoopbackHost(hostOf(headers.host ?? '')))
    throw new ConsoleProblem(421, `the Host is ${JSON.stringify(headers.host ?? '')}, expected localhost or 127.0.0.1`)
  if (headers.origin !== undefined && originHost(headers.origin) !== headers.host)
    throw new ConsoleProblem(403, 'a web page of another origin may not use this API')
  const needed = operatorToken !== undefined && (need === 'operator' || !loopback)
  if (needed && !isOperator(operatorToken, headers.authorization))
    throw new ConsoleProblem(
      401,
      headers.authorization === undefined ? 'no token of the operator was given' : 'the token is not the one of the operator',
    )
}

/** Hashes have one length, so the comparison takes the same time whatever was given. */
function isOperator(token: string, authorization: string | undefined): boolean {
  const [, given] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? []
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Without the port, and without the brackets of IPv6. */
function hostOf(authority: string): string {
  return URL.parse(`http://${authority}`)?.hostname.replace(/^\[|\]$/g, '') ?? ''
}

function originHost(origin: string): string | undefined {
  return URL.parse(origin)?.host
}
