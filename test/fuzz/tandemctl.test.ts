/**
 * tandemctl under whatever it is given: words, variables and files. It always ends with 0, 1 or 2, says why it failed, shows no token, and
 * nothing that a file says steers a terminal. `TANDEM_FUZZ_CTL` says how many command lines (3,000).
 */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { commands } from '../../control-plane/ctl/commands.ts'
import { runTandemctl } from '../control-plane/ctl/run.ts'
import { startOrigin } from '../harness/origin.ts'
import { SeededRandom } from '../harness/seeded-random.ts'
import { hostileFiles } from './console/files.ts'

const count = Number(process.env['TANDEM_FUZZ_CTL'] ?? 3_000)
const secret = 'sekret-of-the-operator'

const words = [
  commands.flatMap((command) => [...command.words, ...Object.keys(command.options).map((name) => `--${name}`)]),
  ['--server', '--token', '--output', '--help', '--version', '-o', '-h', '-v', '-ojson', '--output=json', '--', '-', '---', '--=', '-='],
  ['json', 'table', 'bash', 'shop', '1h', '-1s', '9'.repeat(400), '', ' ', '../../..x', '/dev/null', '/proc/self/mem', 'ä', '\ud800', '*'],
  ['__proto__', 'constructor', '--__proto__', '--constructor=1', '--no-help', '%00', '\u001b[2J', 'a\nb', '\u0000', 'x'.repeat(10_000)],
].flat()

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tandemctl-fuzz-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

test(`${count} command lines end with 0, 1 or 2 and a reason`, { timeout: 120_000 }, async () => {
  const console = await startOrigin((response, { url }) => response.writeHead(url.length % 2 === 0 ? 200 : 400).end('[]'))
  const random = new SeededRandom(11)
  const codes = new Map<number, number>()
  for (let seed = 0; seed < count; seed++) {
    const argv = [
      ...(random.chance(70) ? random.pick(commands).words : []),
      ...Array.from({ length: random.below(5) }, () => random.pick(words)),
    ]
    const env = {
      TANDEM_SERVER: random.chance(90) ? `http://${console.address}` : random.pick(words),
      TANDEM_TOKEN: random.pick([secret, '']),
    }
    const { code, error } = await runTandemctl(argv, env)
    codes.set(code, (codes.get(code) ?? 0) + 1)
    expect([argv, code, code === 0 || error.length > 1]).toEqual([argv, expect.toSatisfy((one: number) => one < 3), true])
    expect(error).not.toContain(secret)
  }
  for (const code of [0, 1, 2]) expect(codes.get(code)).toBeGreaterThan(0)
})

test('each hostile file is valid, or refused with its name', { timeout: 120_000 }, async () => {
  const path = await folder()
  for (const [at, [name, text]] of Object.entries(hostileFiles).entries()) {
    const file = join(path, `${at}.yaml`)
    await writeFile(file, text)
    const { code, error } = await runTandemctl(['validate', file])
    expect([name, code, code === 0 || error.startsWith(`${file}:`)]).toEqual([name, code === 0 ? 0 : 2, true])
    expect([name, error.match(/(?!\n)\p{Cc}/u)]).toEqual([name, null])
  }
})

test('what is no file, or a folder that leads into itself, is refused', async () => {
  const path = await folder()
  await mkdir(join(path, 'within'))
  await symlink(path, join(path, 'within', 'again'))
  await symlink(join(path, 'nowhere'), join(path, 'dangling.yaml'))
  for (const given of [path, join(path, 'dangling.yaml'), '/dev/zero', join(path, 'within', 'again', 'within')]) {
    const { code, error } = await runTandemctl(['validate', given])
    expect([given, code, error.length > 1]).toEqual([given, 2, true])
  }
})
