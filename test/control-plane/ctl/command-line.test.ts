import { describe, expect, test } from 'vitest'
import { commands } from '../../../control-plane/ctl/commands.ts'
import { runTandemctl } from './run.ts'

describe('wrong words are 2 and say what is right', () => {
  test.each([
    [[], 'no command; `tandemctl --help` shows them'],
    [['flet'], 'unknown command `flet`, did you mean `fleet`?'],
    [['token'], '`token` needs one of: create, list, revoke'],
    [['token', 'creat'], 'unknown command `token creat`, did you mean `token create`?'],
    [['token', 'create', '--namespace', 'shop'], '`token create` needs --account NAME'],
    [['token', 'create', '--namespace', 'shop', '--acount', 'x'], 'unknown option --acount, did you mean `account`?'],
    [['fleet', '--server'], '--server needs a value'],
    [['fleet', '--server', '--token', 'x'], '--server needs a value'],
    [['help', 'flet'], 'unknown command `flet`, did you mean `fleet`?'],
    [['flet', '--help'], 'unknown command `flet`, did you mean `fleet`?'],
    [['token', 'revoke'], 'the id of the token is missing'],
    [['fleet', '--ttl', '1h'], '`fleet` does not take --ttl'],
    [['fleet', 'now'], '`fleet` does not take "now"'],
    [['fleet', '-o', 'yaml'], '--output: found "yaml", expected `table` or `json`'],
    [['fleet', '--server', 'localhost:15080'], '--server: found "localhost:15080", expected a URL'],
    [['fleet', '--server', 'http://me:secret@localhost'], '--server: expected a URL without a user'],
    [['fleet', '--token', 'a b'], '--token: a token has no spaces'],
    [['validate'], 'no files'],
    [['validate', '/nowhere/at-all.yaml'], '/nowhere/at-all.yaml: there is no such file'],
    [['completion', 'csh'], '`completion` needs one of: bash, zsh, fish'],
  ])('%j', async (argv, message) => {
    const { code, out, error } = await runTandemctl(argv)
    expect({ code, out, error }).toEqual({ code: 2, out: '', error: expect.stringContaining(message) as string })
  })
})

test('what a variable says wrong is told by its name, and a token is never repeated', async () => {
  expect(await runTandemctl(['fleet'], { TANDEM_SERVER: 'nowhere' })).toMatchObject({
    code: 2,
    error: expect.stringContaining('TANDEM_SERVER: found "nowhere"') as string,
  })
  const { code, error } = await runTandemctl(['fleet'], { TANDEM_TOKEN: 'very\nsecret' })
  expect([code, error]).toEqual([2, 'TANDEM_TOKEN: a token has no spaces and no control characters\n'])
})

describe('help', () => {
  test('names every command with an example of each', async () => {
    const { code, out } = await runTandemctl(['--help'])
    expect(code).toBe(0)
    for (const { words, examples } of commands) {
      expect(out).toContain(`  ${words.join(' ')}`)
      expect(out).toContain(`  ${examples[0]}\n`)
    }
  })

  test.each(commands.map(({ words }) => words))('%s %s has a page of its own, whatever else was said', async (...given) => {
    const words = given.filter((word) => word !== undefined)
    const command = commands.find((candidate) => candidate.words.join() === words.join())
    const { code, out } = await runTandemctl([...words, '--help'])
    expect(code).toBe(0)
    expect(out).toContain(command?.summary)
    for (const example of command?.examples ?? []) expect(out).toContain(example)
  })

  test('a group shows its commands only', async () => {
    const { out } = await runTandemctl(['token', '--help'])
    expect(out).toContain('token revoke ID')
    expect(out).not.toContain('authority rotate')
  })

  test('`help` before a command is `--help` behind it', async () => {
    expect(await runTandemctl(['help', 'token', 'create'])).toEqual(await runTandemctl(['token', 'create', '--help']))
    expect(await runTandemctl(['help'])).toEqual(await runTandemctl(['--help']))
  })

  test('--version', async () => {
    expect(await runTandemctl(['--version'])).toEqual({ code: 0, out: '1.2.3\n', error: '' })
  })
})
