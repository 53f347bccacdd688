import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commands } from '../../../control-plane/ctl/commands.ts'
import { runTandemctl } from './run.ts'

/** What bash offers for the last of the words. */
async function offered(...words: string[]): Promise<string[]> {
  const { out: script } = await runTandemctl(['completion', 'bash'])
  const line = ['tandemctl', ...words].map((word) => `'${word}'`).join(' ')
  const ask = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _tandemctl; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', ask])
  return stdout.split('\n').filter((word) => word !== '')
}

describe('bash completes', () => {
  test('commands', async () => {
    expect(await offered('')).toEqual(['fleet', 'routes', 'diff', 'validate', 'token', 'cert', 'authority', 'completion'])
    expect(await offered('f')).toEqual(['fleet'])
  })

  test('the second word of a command', async () => {
    expect(await offered('token', '')).toEqual(['create', 'list', 'revoke'])
  })

  test('options, after other options too', async () => {
    expect(await offered('token', 'create', '--na')).toEqual(['--namespace'])
    expect(await offered('--output', 'json', 'token', 'create', '--t')).toEqual(['--ttl', '--token'])
  })

  test('files where a command takes them, and its options when one is begun', async () => {
    expect(await offered('validate', '')).toEqual([])
    expect(await offered('diff', 'routing/')).toEqual([])
    expect(await offered('validate', '--o')).toEqual(['--output'])
  })

  test('nothing of its own where a value is to come', async () => {
    expect(await offered('token', 'create', '--namespace', '')).toEqual([])
    expect(await offered('fleet', '--server', 'fl')).toEqual([])
  })

  test('what an option or a command takes', async () => {
    expect(await offered('fleet', '-o', '')).toEqual(['table', 'json'])
    expect(await offered('completion', 'z')).toEqual(['zsh'])
  })
})

test.each(['bash', 'zsh', 'fish'])('the script for %s knows every command and every option', async (shell) => {
  const { code, out } = await runTandemctl(['completion', shell])
  expect(code).toBe(0)
  for (const { words, options } of commands) {
    expect(out).toContain(`'${words.join(' ')}'`)
    for (const option of Object.keys(options)) expect(out).toContain(shell === 'fish' ? `-l ${option} ` : `--${option}`)
  }
})

test('in fish a word that looks like an option is taken for a word', async () => {
  expect((await runTandemctl(['completion', 'fish'])).out).toContain("string join -- ' ' $before $word")
})

test('bash is given a script that it can source', async () => {
  const { out: script } = await runTandemctl(['completion', 'bash'])
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euc', `${script}\ncomplete -p tandemctl`])
  expect([stdout, stderr]).toEqual(['complete -o default -F _tandemctl tandemctl\n', ''])
})
