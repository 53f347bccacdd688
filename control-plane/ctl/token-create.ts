/**
 * `tandemctl token create`: prints the join token and nothing else, so that `$(...)` works.
 */
import { createdToken } from './answers.ts'
import { type Command, required } from './command.ts'

export const tokenCreate: Command = {
  words: ['token', 'create'],
  summary: 'Make a join token for one workload; it is shown this once',
  operands: '',
  options: {
    namespace: { value: 'NAME', meaning: 'namespace of the workload', required: true },
    account: { value: 'NAME', meaning: 'service account of the workload', required: true },
    workload: { value: 'NAME', meaning: 'whose routing it gets; without it that of the workload named like the account' },
    ttl: { value: 'DURATION', meaning: 'how long it is good for, such as 1h; without it until it is revoked' },
  },
  examples: [
    'tandemctl token create --namespace shop --account checkout --ttl 1h',
    'tandemctl token create --namespace shop --account inventory --workload inventory-next',
    'tandemctl token create --namespace shop --account checkout > /var/run/tandem/token',
  ],
  async run(call) {
    const { ttl, workload } = call.options
    const wanted = { namespace: required(call, 'namespace'), account: required(call, 'account'), workload, ttl }
    const created = await call.console.call(createdToken, 'POST', '/api/tokens', wanted)
    call.out(call.output === 'json' ? `${JSON.stringify([created], null, 2)}\n` : `${created.token}\n`)
  },
}
