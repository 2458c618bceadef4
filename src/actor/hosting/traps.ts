import { syncBuiltinESMExports } from 'node:module'
import { MillraceError } from '../../core/error.js'
import type { Attribution } from './attribution.js'

export interface TrapHandlers {
  /** Fails the task with this number; false: no such task runs. */
  failTask(task: number, error: unknown): boolean
  /** From something that a task left running when it ended. */
  stray(error: unknown): void
  /** Belongs to no task: says so, and ends the thread. */
  unattributed(error: unknown): void
}

/**
 * Keeps what would end the thread, or the process, within the task that did it (I5): errors that reach the top, promises
 * rejected with nobody holding them, and calls that end the process. Such a call fails its task also when the plugin
 * swallows what it throws.
 */
export function installTraps(attribution: Attribution, handlers: TrapHandlers): void {
  const attribute = (task: number, error: unknown): void => {
    if (handlers.failTask(task, error)) return
    if (task === 0) handlers.unattributed(error)
    else handlers.stray(error)
  }
  // Not a listener of `uncaughtException`: a plugin may remove all of those, or add one, without effect on this.
  process.setUncaughtExceptionCaptureCallback(error => attribute(attribution.thrower, error))
  process.on('unhandledRejection', reason => attribute(attribution.owner, reason))

  const forbid = (call: string): never => {
    const error = new MillraceError(
      'task.exit_called',
      `The task called ${call}, which would end its neighbours too.`,
      {
        hint: 'Throw an error instead.',
      },
    )
    attribute(attribution.owner, error)
    throw error
  }
  const kill = process.kill.bind(process)
  const own = (pid: number): boolean => pid === process.pid || pid === 0 || pid === -1 || pid === -process.pid
  const trapped = {
    exit: (code?: number | string | null): never => forbid(`process.exit(${code ?? ''})`),
    reallyExit: (code?: number): never => forbid(`process.reallyExit(${code ?? ''})`),
    abort: (): never => forbid('process.abort()'),
    kill: (pid: number, signal?: string | number): true =>
      own(pid) && signal !== 0 ? forbid(`process.kill(${pid}, ${signal ?? 'SIGTERM'})`) : kill(pid, signal),
  }
  for (const [name, value] of Object.entries(trapped))
    Object.defineProperty(process, name, { value, configurable: true, writable: true, enumerable: true })
  // For those who import them by name from node:process.
  syncBuiltinESMExports()
}
