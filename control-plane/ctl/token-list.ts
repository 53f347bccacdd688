/**
 * `tandemctl token list`: what is known of every join token. The secrets are not: only hashes of them are kept.
 */
import type { TokenFacts } from '../authority/authority.ts'
import { tokenList as answer } from './answers.ts'
import type { Command } from './command.ts'
import { distanceTo, printRows } from './table.ts'

export const tokenList: Command = {
  words: ['token', 'list'],
  summary: 'List the join tokens, without their secrets',
  operands: '',
  options: {},
  examples: ['tandemctl token list', `tandemctl token list -o json | jq -r '.[] | select(.revoked | not) | .id'`],
  async run(call) {
    const tokens = await call.console.call(answer, 'GET', '/api/tokens')
    const columns = [
      { heading: 'ID', cell: (token: TokenFacts) => token.id },
      { heading: 'NAMESPACE', cell: (token: TokenFacts) => token.namespace },
      { heading: 'ACCOUNT', cell: (token: TokenFacts) => token.account },
      { heading: 'WORKLOAD', cell: (token: TokenFacts) => token.workload },
      { heading: 'STATE', cell: (token: TokenFacts) => stateOf(token, call.now) },
      { heading: 'CREATED', cell: (token: TokenFacts) => distanceTo(token.createdAt, call.now) },
      { heading: 'ENDS', cell: (token: TokenFacts) => distanceTo(token.expiresAt, call.now) },
    ]
    printRows(call, tokens, columns, 'there are no join tokens')
  },
}

function stateOf({ revoked, expiresAt }: TokenFacts, now: number): string {
  if (revoked) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'good'
}
