import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { formatConfigErrors, loadConfig } from '../../../proxy/config/load.ts'
import { certificateFiles } from '../../harness/certificates.ts'

function start(token: string, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-token-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'token')
  writeFileSync(file, 'first\n')
  const text = `controlPlane: { url: "https://localhost:1", token: "${token}", trustBundle: ${certificateFiles.ca} }`
  const loaded = loadConfig({ file: join(folder, 'tandem.yaml'), text }, [], env)
  if (!loaded.ok) throw new Error(formatConfigErrors(loaded.errors))
  return { file, token: loaded.token }
}

test('without a control plane there is no token', () => {
  const loaded = loadConfig({ file: 'tandem.yaml', text: '' })
  expect(loaded).toMatchObject({ ok: true, token: undefined })
})

test('a token that stands in the configuration, or in a variable, is what it was', () => {
  const env = { TOKEN: 'of a variable' }
  expect(start('literal').token?.()).toBe('literal')
  const { token } = start('${env:TOKEN}', env)
  env.TOKEN = 'another'
  expect(token?.()).toBe('of a variable')
})

test('a token of a file is read whenever it is asked for', () => {
  const { file, token } = start('${file:./token}')
  expect(token?.()).toBe('first')
  writeFileSync(file, 'second\n')
  expect(token?.()).toBe('second')
})

test.each(['', '\n', 'half\u0000written', 'two\nlines'])('while the file holds %j, the last good token counts', (text) => {
  const { file, token } = start('${file:./token}')
  writeFileSync(file, text)
  expect(token?.()).toBe('first')
  writeFileSync(file, 'second')
  expect(token?.()).toBe('second')
})

test('while the file is away, the last good token counts', () => {
  const { file, token } = start('${file:./token}')
  writeFileSync(file, 'second')
  expect(token?.()).toBe('second')
  rmSync(file)
  expect(token?.()).toBe('second')
})
