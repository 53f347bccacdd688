/**
 * The thread that reads routing files: a text in, what it says out.
 */
import { parentPort } from 'node:worker_threads'
import { objectDigest } from '../../proxy/config/push/object-digest.ts'
import type { FileFromThread, FileToThread } from './file-thread.ts'
import { readRoutingFile } from './routing-file.ts'

parentPort?.on('message', ({ file, text }: FileToThread) => {
  const read = readRoutingFile(file, text, () => undefined)
  const digests = read.claims.map(({ body }) => (body === null ? null : objectDigest(body)))
  parentPort?.postMessage({ read, digests } satisfies FileFromThread, [])
})
