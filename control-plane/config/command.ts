/**
 * The command line of tandem-control-plane.
 */
import { parseServingCommand, type ServingCommand, servingUsage } from '../../proxy/config/serving-command.ts'
import { overrideFlags } from './overrides.ts'

/** @throws UsageError when the words make no command. */
export function parseCommand(argv: readonly string[], env: NodeJS.ProcessEnv): ServingCommand {
  return parseServingCommand(argv, env, overrideFlags)
}

export function usage(): string {
  return servingUsage({
    program: 'tandem-control-plane',
    purpose: 'pushes routing to sidecars and issues their certificates',
    overrideFlags,
    more: `The operator's token has a variable only: TANDEM_OPERATOR_TOKEN.

Signals: SIGTERM and SIGINT end it politely, a second one at once; SIGHUP reads the routing folder again.`,
  })
}
