/**
 * The next message of a child process, or an error that shows what it printed where it ended instead.
 */
import type { Child } from './child.ts'

/** @throws when the child ends first. */
export function nextMessage<T>(child: Child): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const onMessage = (message: unknown): void => {
    child.process.off('exit', onExit)
    resolve(message as T)
  }
  const onExit = (): void => {
    child.process.off('message', onMessage)
    reject(new Error(`a process of the bench ended early: ${child.tail()}`))
  }
  child.process.once('message', onMessage)
  child.process.once('exit', onExit)
  return promise
}
