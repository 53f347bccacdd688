/**
 * Where access log lines go: stdout, stderr or a file. One write at a time; a write never holds up the event loop.
 *
 * Files and terminals are written by Node's thread pool. Pipes, sockets and FIFOs are not: a pipe that nobody reads would hold a thread
 * for ever, and with it the exit of the process. They are written without blocking, by the event loop.
 */
import { close, constants, fstatSync, openSync, statSync, write } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { ProxyError } from '../../error/proxy-error.ts'

export interface LogTarget {
  /** The next write comes only after `done`. */
  write(bytes: Uint8Array, done: (error: Error | null) => void): void
  /** Lets go of what `openTarget` opened, once the write in progress has ended; stdout and stderr stay open. */
  close(): void
}

/** @param to `stdout`, `stderr` or a path. @throws ProxyError when the file cannot be opened. */
export function openTarget(to: string): LogTarget {
  if (to === 'stdout') return standardTarget(process.stdout, 1)
  if (to === 'stderr') return standardTarget(process.stderr, 2)
  try {
    return fileTarget(to)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProxyError('internal', { detail: `the access log ${to} cannot be opened: ${reason}`, cause: error })
  }
}

function standardTarget(stream: Writable, descriptor: number): LogTarget {
  const stats = fstatSync(descriptor)
  return stats.isFIFO() || stats.isSocket() ? streamTarget(stream, () => undefined) : descriptorTarget(descriptor, false)
}

function fileTarget(path: string): LogTarget {
  if (!isFifo(path)) return descriptorTarget(openSync(path, 'a'), true)
  // Read and write, so that opening neither waits for a reader nor fails without one.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const socket = new Socket({ fd, readable: false, writable: true })
  return streamTarget(socket, () => socket.destroy())
}

function isFifo(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFIFO() === true
}

function streamTarget(stream: Writable, destroy: () => void): LogTarget {
  // The callback of the write gets the error too; without a listener it would end the process.
  stream.on('error', () => undefined)
  return { write: (bytes, done) => void stream.write(bytes, (error) => done(error ?? null)), close: destroy }
}

function descriptorTarget(fd: number, owned: boolean): LogTarget {
  let busy = false
  let closing = false
  const release = () => {
    if (owned) close(fd, () => undefined)
  }
  return {
    write(bytes, done) {
      // The number may belong to another file by now.
      if (closing) {
        setImmediate(done, new Error('the access log is closed'))
        return
      }
      busy = true
      writeAll(fd, bytes, 0, (error) => {
        busy = false
        if (closing) release()
        done(error)
      })
    },
    close() {
      if (!closing && !busy) release()
      closing = true
    },
  }
}

/** A file system may take a part only (disk nearly full). */
function writeAll(fd: number, bytes: Uint8Array, from: number, done: (error: Error | null) => void): void {
  write(fd, bytes, from, bytes.length - from, null, (error, written) => {
    if (error !== null) done(error)
    else if (from + written < bytes.length) writeAll(fd, bytes, from + written, done)
    else done(null)
  })
}
