/**
 * Talks to the console's JSON API. Every refusal becomes a sentence that says what to do next.
 */
import * as z from 'zod/mini'
import { formatConfigErrors } from '../../proxy/config/config-error.ts'
import { nodeErrorCode } from '../../proxy/error/node-error.ts'
import { CommandFailed, UsageError } from './command.ts'

/** How long an answer may take; the largest `diff` is done in a fraction of it. */
const timeoutMs = 30_000

export interface ConsoleClient {
  /** @param answer what has to come back. @throws CommandFailed or UsageError with the reason. */
  call<T>(answer: z.ZodMiniType<T>, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T>
}

/** What the console says of a refusal (RFC 9457). */
const problem = z.looseObject({
  title: z.optional(z.string()),
  detail: z.optional(z.string()),
  /** Of files that are not valid. */
  errors: z.optional(z.array(z.object({ file: z.string(), line: z.number(), column: z.number(), path: z.string(), message: z.string() }))),
})

/** A value, and whether a flag or a variable said it. */
export interface Said {
  readonly value: string
  readonly by: string
}

/** @param server base URL; a path in it stands before those of the API. @param token the operator's; undefined for none. */
export function createConsoleClient(server: Said, token: Said | undefined): ConsoleClient {
  const base = baseUrl(server)
  const authorization = token === undefined ? {} : { authorization: `Bearer ${bearerToken(token)}` }
  return {
    async call(answer, method, path, body) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = body === undefined ? authorization : { ...authorization, 'content-type': 'application/json' }
      const url = new URL(`${base.pathname.replace(/\/+$/, '')}${path}`, base)
      const init = { method, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs), ...content } as const
      const { status, text } = await send(url, init)
      return answerOf(status, text, answer, base)
    },
  }
}

function baseUrl({ value, by }: Said): URL {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UsageError(`${by}: found ${JSON.stringify(value)}, expected a URL such as http://127.0.0.1:15080`)
  if (url.username !== '' || url.password !== '') throw new UsageError(`${by}: expected a URL without a user; give --token or TANDEM_TOKEN`)
  return url
}

/** The header could not carry it, and the reason that fetch gives would show it. */
function bearerToken({ value, by }: Said): string {
  const token = value.trim()
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError(`${by}: a token has no spaces and no control characters`)
  return token
}

async function send(url: URL, init: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, init)
    return { status: response.status, text: await response.text() }
  } catch (error) {
    throw new CommandFailed(`cannot reach the control plane at ${url.origin}: ${networkReason(error)}; give --server or TANDEM_SERVER`, {
      cause: error,
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  UND_ERR_SOCKET: 'the connection was closed before the answer, as a port that expects TLS does (https://)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (http://)',
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1_000} s`
  const cause = error.cause ?? error
  return reasons[nodeErrorCode(cause)] ?? (cause instanceof Error ? cause.message : error.message)
}

function answerOf<T>(status: number, text: string, answer: z.ZodMiniType<T>, base: URL): T {
  const body = parsed(text)
  const isDone = status >= 200 && status < 300
  const found = isDone ? answer.safeParse(body) : undefined
  if (found?.success === true) return found.data
  const { title, detail, errors = [] } = isDone ? {} : (problem.safeParse(body).data ?? {})
  if (errors.length > 0) throw new UsageError(formatConfigErrors(errors))
  const reason = detail ?? title ?? `the answer ${status} is not from a control plane of this version`
  if (status === 401) throw new CommandFailed(`${reason}; give --token or TANDEM_TOKEN`)
  if (status === 400 || status === 422) throw new UsageError(reason)
  throw new CommandFailed(`${base.origin}: ${reason}`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
