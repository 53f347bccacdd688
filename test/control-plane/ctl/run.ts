/**
 * tandemctl within the test's process: words in, exit code and output out.
 */
import { tandemctl } from '../../../control-plane/ctl/tandemctl.ts'

export interface Run {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** New Year's Day 2026 for everything that shows a time. */
export async function runTandemctl(argv: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const said = { out: '', error: '' }
  const code = await tandemctl(argv, {
    env,
    version: '1.2.3',
    now: () => Date.UTC(2026, 0, 1),
    out: (text) => void (said.out += text),
    error: (text) => void (said.error += text),
  })
  return { code, ...said }
}
