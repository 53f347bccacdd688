/**
 * The endpoints of the console's API. Everything is read at the moment of asking; nothing is kept here.
 */
import * as z from 'zod/mini'
import { duration, name } from '../../proxy/config/schema/scalars.ts'
import type { Logger } from '../../proxy/runtime/logger.ts'
import type { CertificateFacts, ControlPlaneStatus, CreatedToken, ObjectChange, RouteFacts, RoutingFile, Validation } from '../api/facts.ts'
import type { ConfigError } from '../../proxy/config/config-error.ts'
import { type JoinTokens, RefusedRequest, type TokenFacts } from '../authority/authority.ts'
import type { FleetEntry } from '../fleet/fleet.ts'
import type { Endpoints } from './console-server.ts'
import type { Diff } from './diff.ts'
import { ConsoleProblem, type ProblemStatus } from './problem.ts'
import { readJson } from './request.ts'

/** What the console looks at and works on; the composition root provides it. */
export interface ConsoleView {
  fleet(): readonly FleetEntry[]
  routes(): readonly RouteFacts[]
  certificates(): readonly CertificateFacts[]
  status(): ControlPlaneStatus
  readonly tokens: JoinTokens
  /** Begins the change to a new root. @throws an Error that says why not. */
  rotate(): Promise<void>
  validate(files: readonly RoutingFile[]): Promise<readonly ConfigError[]>
  /** @param complete whether the files are the whole of the routing. */
  diff(files: readonly RoutingFile[], complete: boolean): Promise<Diff>
}

const file = z.strictObject({ name: z.string().check(z.minLength(1), z.maxLength(4096)), text: z.string() })
const files = z.array(file).check(z.minLength(1), z.maxLength(10_000))
const validateBody = z.strictObject({ files })
const diffBody = z.strictObject({ files, complete: z._default(z.boolean(), false) })
const account = name.check(z.maxLength(253))
const tokenBody = z.strictObject({ namespace: account, account, workload: z.optional(account), ttl: z.optional(duration) })

export function consoleEndpoints(view: ConsoleView, logger: Logger): Endpoints {
  return {
    'GET /api/status': { need: 'reader', answer: () => view.status() },
    'GET /api/fleet': { need: 'reader', answer: () => view.fleet() },
    'GET /api/routes': { need: 'reader', answer: () => view.routes() },
    'GET /api/certificates': { need: 'reader', answer: () => view.certificates() },
    'POST /api/validate': {
      need: 'reader',
      answer: async (request): Promise<Validation> => {
        const errors = await view.validate((await readJson(request, validateBody)).files)
        return { valid: errors.length === 0, errors }
      },
    },
    'POST /api/diff': {
      need: 'reader',
      answer: async (request) => {
        const body = await readJson(request, diffBody)
        return changesOf(view, body.files, body.complete)
      },
    },
    'POST /api/authority/rotate': { need: 'operator', answer: () => rotate(view, logger) },
    ...tokenEndpoints(view.tokens, logger),
  }
}

function tokenEndpoints(tokens: JoinTokens, logger: Logger): Endpoints {
  return {
    'GET /api/tokens': { need: 'operator', answer: () => tokens.list() },
    'POST /api/tokens': { need: 'operator', answer: async (request) => createToken(tokens, await readJson(request, tokenBody), logger) },
    'DELETE /api/tokens/*': { need: 'operator', answer: (_, id) => revokeToken(tokens, id, logger) },
  }
}

async function changesOf(view: ConsoleView, given: readonly RoutingFile[], complete: boolean): Promise<readonly ObjectChange[]> {
  const { changes, errors } = await view.diff(given, complete)
  if (errors.length > 0) throw new ConsoleProblem(422, 'the files are not valid: see errors', errors)
  return changes
}

async function createToken(tokens: JoinTokens, wanted: z.output<typeof tokenBody>, logger: Logger): Promise<CreatedToken> {
  const { namespace, account: of, workload, ttl } = wanted
  if (ttl === 0) throw new ConsoleProblem(400, 'ttl: found 0s, expected how long the token is good for, such as 1h')
  const { token, facts } = await tokens.create({ namespace, account: of, workload, ttlMs: ttl ?? null }).catch(refusedAs(400))
  const { id, workload: routedAs, expiresAt } = facts
  logger.info('join token created', { id, namespace, account: of, workload: routedAs, expires: expiresAt ?? 'never' })
  return { token, ...facts }
}

async function revokeToken(tokens: JoinTokens, id: string, logger: Logger): Promise<TokenFacts> {
  const known = await tokens.revoke(id)
  const facts = tokens.list().find((token) => token.id === id)
  if (!known || facts === undefined)
    throw new ConsoleProblem(404, `there is no token ${JSON.stringify(id)}; \`tandemctl token list\` shows them`)
  logger.info('join token revoked', { id, namespace: facts.namespace, account: facts.account })
  return facts
}

async function rotate(view: ConsoleView, logger: Logger): Promise<readonly CertificateFacts[]> {
  await view.rotate().catch(refusedAs(409))
  logger.info('change of the root begun')
  return view.certificates()
}

/** The reason of a refusal is for whoever asked; anything else is a fault. */
function refusedAs(status: ProblemStatus): (error: unknown) => never {
  return (error) => {
    throw error instanceof RefusedRequest ? new ConsoleProblem(status, error.message) : error
  }
}
