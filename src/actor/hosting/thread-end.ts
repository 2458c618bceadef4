import { MillraceError } from '../../core/error.js'

/** Why a thread ended. */
export type ThreadEnd =
  /** Its loop stood for too long. */
  | { readonly kind: 'hung'; readonly ms: number }
  /** The watchdog saw it use more memory than allowed. */
  | { readonly kind: 'memory'; readonly bytes: number; readonly limitBytes: number; readonly standing: boolean }
  /** V8 had no heap left. */
  | { readonly kind: 'out_of_memory' }
  /** A task went on although it had failed or been told to stop; `error`: what it had failed with. */
  | { readonly kind: 'not_stopped'; readonly task: number; readonly standing: boolean; readonly error?: unknown }
  /** It left by itself, or an error reached its top: nothing that hosting could keep within a task. */
  | { readonly kind: 'exited'; readonly exitCode: number; readonly error?: unknown }
  /** Its module could not be loaded. */
  | { readonly kind: 'not_loaded'; readonly error: unknown }
  | { readonly kind: 'closed' }

/** What shared memory says about the thread when it ended; task numbers, 0: none. */
export interface LastSeen {
  readonly holder: number
  readonly topAllocator: number
}

/**
 * The number of the task to blame, 0 where that is nobody or not known. `alone`: the only task there.
 * While a loop stands, whoever holds it is to blame; also when somebody else's stop ran out of time because of it.
 * Memory that grew while the loop turned is blamed on whoever allocated most while it was short: in a shared thread a best guess.
 */
export function culpritOf(end: ThreadEnd, seen: LastSeen, alone: number): number {
  switch (end.kind) {
    case 'hung':
    case 'exited':
      return alone || seen.holder
    case 'memory':
      return alone || (end.standing ? seen.holder : seen.topAllocator || seen.holder)
    case 'out_of_memory':
      return alone || seen.holder || seen.topAllocator
    case 'not_stopped':
      return end.standing && seen.holder !== 0 ? seen.holder : end.task
    case 'not_loaded':
    case 'closed':
      break
  }
  return 0
}

/** What a task of the thread fails with. `culprit`: its name, or undefined where nobody can be named. */
export function failureOf(
  end: ThreadEnd,
  task: { readonly name: string; readonly guilty: boolean },
  culprit: string | undefined,
): unknown {
  if (end.kind === 'closed')
    return new MillraceError('hosting.closed', `The threads were closed while ${task.name} was running.`)
  if (end.kind === 'not_loaded')
    return new MillraceError('thread.not_loaded', `The module of the thread of ${task.name} cannot be loaded.`, {
      cause: end.error,
    })
  if (task.guilty) return guilt(end, task.name)
  if (culprit !== undefined)
    // Whoever did not cause it restarts without touching its budget.
    return new MillraceError('thread.lost', `The thread of ${task.name} ended because of ${culprit}.`, {
      disposition: 'retry',
      cause: guilt(end, culprit),
    })
  // With nobody to name, a restart counts: else a fault that cannot be attributed would restart all for ever.
  return new MillraceError('thread.failed', `The thread of ${task.name} ended; no task of it can be blamed.`, {
    cause: guilt(end, 'its thread'),
  })
}

type Fault = Exclude<ThreadEnd, { kind: 'closed' | 'not_loaded' }>

function guilt(end: Fault, name: string): unknown {
  switch (end.kind) {
    case 'hung':
      return new MillraceError('task.hung', `${name} held its thread's event loop for more than ${end.ms} ms.`, {
        hint: 'Look for an endless loop, or for synchronous work that takes long.',
      })
    case 'memory':
      return new MillraceError(
        'task.memory_exceeded',
        `${name} brought its thread to ${mebibytes(end.bytes)}; the limit is ${mebibytes(end.limitBytes)}.`,
        { hint: 'Raise task.memory.max, or lower what the connector buffers.' },
      )
    case 'out_of_memory':
      return new MillraceError('task.out_of_memory', `${name} used up the heap of its thread.`, {
        hint: 'Raise task.memory.max, or lower what the connector buffers.',
      })
    case 'not_stopped':
      return (
        end.error ??
        new MillraceError('task.not_stopped', `${name} did not end when it was told to stop.`, {
          hint: 'What waits on the outside must end when the signal aborts.',
        })
      )
    case 'exited':
      break
  }
  return new MillraceError('task.thread_exited', `${name} ended its thread (exit code ${end.exitCode}).`, {
    ...(end.error !== undefined && { cause: end.error }),
  })
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20))} MiB`
}
