import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { ReadStream, isatty } from 'node:tty'

/**
 * The process's standard input, also in a worker thread, where `process.stdin` is empty. A pipe or terminal is polled by
 * the thread's own event loop: a blocking read would keep the thread from ending. Destroying the stream leaves the
 * descriptor open (libuv never closes 0 to 2).
 */
export function openStandardInput(): Readable {
  if (isatty(0)) return new ReadStream(0)
  const stats = fstatSync(0)
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd: 0, readable: true, writable: false })
  return createReadStream('', { fd: 0, autoClose: false })
}
