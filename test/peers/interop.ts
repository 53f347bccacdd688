/**
 * grpc-go's interoperability cases: all that need neither credentials of a cloud nor TLS.
 */
import { runTool, startServer } from './child.ts'

export const interopCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
  'orca_per_rpc',
  'orca_oob',
  'rpc_soak',
  'channel_soak',
] as const

const orcaBalancing = '--service_config_json={"loadBalancingConfig":[{"test_backend_metrics_load_balancer":{}}]}'
const caseTimeoutMs = 20_000

export function startInteropServer(): Promise<number> {
  return startServer('interop-server', (port) => ['-port', String(port)])
}

/** Runs the cases against a port. @returns a line for each that failed, with the last thing that the client said. */
export async function failedInteropCases(port: number, cases: readonly string[] = interopCases): Promise<string[]> {
  const failed: string[] = []
  for (const name of cases) {
    const args = ['--server_host=127.0.0.1', `--server_port=${port}`, `--test_case=${name}`]
    if (name.startsWith('orca_')) args.push(orcaBalancing)
    const { code, said } = await runTool('interop-client', args, caseTimeoutMs)
    if (code !== 0) failed.push(`${name} (exit code ${code}): ${said.trim().split('\n').at(-1)}`)
  }
  return failed
}
