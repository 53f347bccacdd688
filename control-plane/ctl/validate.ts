/**
 * `tandemctl validate`: the check of the control plane itself, without one. It needs no server.
 */
import { formatConfigErrors } from '../../proxy/config/config-error.ts'
import { validateFiles } from '../api/validate-files.ts'
import { type Command, UsageError } from './command.ts'
import { readGivenFiles } from './routing-files.ts'

export const validate: Command = {
  words: ['validate'],
  summary: 'Check routing files, without a server; exit code 2 where one is not valid',
  operands: 'FILE...',
  options: {},
  examples: ['tandemctl validate ./routing', 'tandemctl validate orders.yaml upstreams.yaml', 'tandemctl validate ./routing -o json'],
  completes: 'files',
  async run(call) {
    const { files } = await readGivenFiles(call)
    const errors = validateFiles(files)
    if (call.output === 'json') call.out(`${JSON.stringify(errors, null, 2)}\n`)
    if (errors.length > 0) throw new UsageError(formatConfigErrors(errors))
    if (call.output === 'table') call.out(`${files.length === 1 ? `${files[0]?.name}` : `${files.length} files`}: valid\n`)
  },
}
