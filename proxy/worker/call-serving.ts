/**
 * What serves the calls of a sidecar, as its one face sees it: this thread by itself, or worker threads.
 */
import type { VersionedRouting } from '../config/push/routing-objects.ts'
import type { UpstreamFigures } from '../upstream/upstream.ts'

export interface CallServing {
  /** Addresses as bound, by listener name. */
  readonly addresses: Readonly<Record<string, string>>
  /**
   * Puts a routing in force, in place of the one before: everything is made ready, then the ports are opened that are new.
   * @throws an Error with the reason when it comes to nothing; nothing has changed then.
   */
  put(routing: VersionedRouting): Promise<void>
  /** Of all threads together. */
  figures(): readonly UpstreamFigures[] | Promise<readonly UpstreamFigures[]>
  /** Why no call is served at all; undefined when there are threads that serve. */
  notReady(): string | undefined
  /** What people should know though calls are served; undefined when all is well. */
  problem(): string | undefined
  /** Accepts no more. Resolves when nothing is in progress any more. */
  drain(): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}
