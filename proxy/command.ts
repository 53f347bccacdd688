/**
 * The command line of tandem-proxy.
 */
import { overrideFlags } from './config/overrides.ts'
import { parseServingCommand, type ServingCommand, servingUsage } from './config/serving-command.ts'

/** @throws UsageError when the words make no command. */
export function parseCommand(argv: readonly string[], env: NodeJS.ProcessEnv): ServingCommand {
  return parseServingCommand(argv, env, overrideFlags)
}

export function usage(): string {
  return servingUsage({
    program: 'tandem-proxy',
    purpose: 'a sidecar that forwards, splits, mirrors and fans out calls',
    overrideFlags,
    more: `The token of the control plane has a variable only: TANDEM_CONTROL_PLANE_TOKEN.

Signals: SIGTERM and SIGINT drain, a second one exits at once; SIGHUP reloads the file; SIGUSR1 reopens the access log.`,
  })
}
