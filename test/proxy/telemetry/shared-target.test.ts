import { expect, test } from 'vitest'
import type { LogTarget } from '../../../proxy/telemetry/access-log/reopened-target.ts'
import { SharedTarget } from '../../../proxy/telemetry/access-log/shared-target.ts'

/** Takes a write and ends it when the test says so. */
class SlowTarget implements LogTarget {
  readonly begun: string[] = []
  #done: (error: Error | null) => void = () => undefined

  write(bytes: Uint8Array, done: (error: Error | null) => void): void {
    this.begun.push(Buffer.from(bytes).toString())
    this.#done = done
  }

  end(error: Error | null = null): void {
    this.#done(error)
  }

  reopen(): void {
    this.begun.push('reopened')
  }

  close(): void {
    this.begun.push('closed')
  }
}

test('what several writers write goes out one piece after the other, and each hears of its own', () => {
  const target = new SlowTarget()
  const shared = new SharedTarget(target)
  const heard: string[] = []
  for (const text of ['one', 'two', 'three'])
    shared.write(Buffer.from(text), (error) => heard.push(`${text} ${error?.message ?? 'written'}`))
  expect(target.begun).toEqual(['one'])
  target.end()
  expect([target.begun, heard]).toEqual([['one', 'two'], ['one written']])
  target.end(new Error('disk full'))
  target.end()
  expect(heard).toEqual(['one written', 'two disk full', 'three written'])
})

test('who writes again at once waits for those who were there before', () => {
  const target = new SlowTarget()
  const shared = new SharedTarget(target)
  const again = () => shared.write(Buffer.from('again'), () => undefined)
  shared.write(Buffer.from('one'), again)
  shared.write(Buffer.from('two'), () => undefined)
  target.end()
  target.end()
  expect(target.begun).toEqual(['one', 'two', 'again'])
})

test('it is reopened and closed as one', () => {
  const target = new SlowTarget()
  const shared = new SharedTarget(target)
  shared.reopen()
  shared.close()
  expect(target.begun).toEqual(['reopened', 'closed'])
})
