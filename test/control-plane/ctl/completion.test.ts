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
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`)
  }
})
