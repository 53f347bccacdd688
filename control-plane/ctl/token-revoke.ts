/**
 * `tandemctl token revoke`: the token gets no certificate any more. Certificates that it got live on to their end.
 */
import { tokenFacts } from './answers.ts'
import { type Command, UsageError } from './command.ts'

export const tokenRevoke: Command = {
  words: ['token', 'revoke'],
  summary: 'Revoke a join token',
  operands: 'ID',
  options: {},
  examples: ['tandemctl token list', 'tandemctl token revoke 3f9c01ab'],
  async run(call) {
    const [id] = call.operands
    if (id === undefined) throw new UsageError('the id of the token is missing; `tandemctl token list` shows it')
    const facts = await call.console.call(tokenFacts, 'DELETE', `/api/tokens/${encodeURIComponent(id)}`)
    call.out(call.output === 'json' ? `${JSON.stringify([facts], null, 2)}\n` : `revoked ${id}\n`)
  },
}
