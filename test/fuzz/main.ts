/**
 * `npm run test:fuzz -- --messages 1000000`: the fuzz tests of HTTP/1.1 with as many messages as asked for, requests and answers in equal parts.
 * They are the tests that `npm test` runs with 40,000; `--seed` makes others. Exit code 1 when one found something.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } } })
for (const [name, value] of Object.entries(values)) {
  if (!(Number(value) > 0)) throw new Error(`--${name}: ${JSON.stringify(value)} is no number above 0`)
}
const root = fileURLToPath(new URL('../..', import.meta.url))
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/fuzz/http1'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, HTTP1_FUZZ_MESSAGES: values.messages, HTTP1_FUZZ_SEED: values.seed },
})
process.exitCode = status ?? 1
