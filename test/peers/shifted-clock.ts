/**
 * A clock that is off: libfaketime shifts it for one process, OpenSSL's within it too. Time itself passes as ever.
 */
import { runTool } from './child.ts'

/** @returns what has to be in the process's environment. @param seconds to go ahead; negative for behind. */
export async function shiftedClock(seconds: number): Promise<NodeJS.ProcessEnv> {
  const { said } = await runTool('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], 10_000)
  return { LD_PRELOAD: said.trim(), FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}`, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
}
