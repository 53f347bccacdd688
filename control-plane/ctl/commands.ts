/**
 * All commands, in the order in which the help shows them.
 */
import { authorityRotate } from './authority-rotate.ts'
import { certShow } from './cert-show.ts'
import type { Command } from './command.ts'
import { completion } from './completion.ts'
import { diff } from './diff.ts'
import { fleet } from './fleet.ts'
import { routes } from './routes.ts'
import { tokenCreate } from './token-create.ts'
import { tokenList } from './token-list.ts'
import { tokenRevoke } from './token-revoke.ts'
import { validate } from './validate.ts'

const beforeCompletion: readonly Command[] = [fleet, routes, diff, validate, tokenCreate, tokenList, tokenRevoke, certShow, authorityRotate]

export const commands: readonly Command[] = [...beforeCompletion, completion(beforeCompletion)]
