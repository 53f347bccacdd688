/**
 * Talks to the console's JSON API. Every refusal becomes a sentence that says what to do next.
 */
import { formatConfigErrors, type ConfigError } from '../../proxy/config/config-error.ts'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import { CommandFailed, UsageError } from './command.ts'

/** How long an answer may take; the largest `diff` is done in a fraction of it. */
const timeoutMs = 30_000

export interface ConsoleClient {
  /** @returns the JSON of the answer. @throws CommandFailed or UsageError with the reason. */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>
}

/** What the console says of a refusal (RFC 9457). */
interface Problem {
  readonly title?: string
  readonly detail?: string
  /** Of files that are not valid. */
  readonly errors?: readonly ConfigError[]
}

/** @param server base URL. @param token the operator's; undefined for none. */
export function createConsoleClient(server: string, token: string | undefined): ConsoleClient {
  const base = baseUrl(server)
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    async call(method, path, body) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = body === undefined ? authorization : { ...authorization, 'content-type': 'application/json' }
      const url = new URL(path, base)
      const response = await send(url, { method, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs), ...content })
      return answerOf(response, base)
    },
  }
}

function baseUrl(server: string): URL {
  const url = URL.parse(server)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UsageError(`--server: found ${JSON.stringify(server)}, expected a URL such as http://127.0.0.1:15080`)
  return url
}

async function send(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new CommandFailed(`cannot reach the control plane at ${url.origin}: ${networkReason(error)}; give --server or TANDEM_SERVER`, {
      cause: error,
    })
  }
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause ?? error
  const code = nodeErrorCode(cause)
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`
  return cause instanceof Error ? cause.message : error.message
}

async function answerOf(response: Response, base: URL): Promise<unknown> {
  const body = parsed(await response.text())
  if (response.ok && body !== undefined) return body
  const { title, detail, errors = [] } = (typeof body === 'object' && body !== null ? body : {}) as Problem
  if (errors.length > 0) throw new UsageError(formatConfigErrors(errors))
  const reason = detail ?? title ?? `the answer ${response.status} is not from a control plane`
  if (response.status === 401) throw new CommandFailed(`${reason}; give --token or TANDEM_TOKEN`)
  if (response.status === 400 || response.status === 422) throw new UsageError(reason)
  throw new CommandFailed(`${base.origin}: ${reason}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
