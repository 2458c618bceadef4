import { errorCode } from '../core/error.js'
import type { LogClient, LogWriter } from '../ports/log.js'
import type { ConnectorOffsets } from '../ports/source-offsets.js'
import type { LeaseGate } from './lease-gate.js'
import { stopped } from './task-failure.js'

/** What an exactly-once source's writer is opened with. */
export interface IdTaking {
  readonly log: LogClient
  readonly gate: LeaseGate
  readonly writerId: string
  readonly transactionalId: string
  /** Whether the task's grant is still its own, by what was read after the call. */
  readonly confirmOwnership: (signal: AbortSignal) => Promise<boolean>
  readonly offsets: Pick<ConnectorOffsets, 'fence'>
  /** The task must stop. */
  readonly stopSignal: AbortSignal
}

/**
 * Opens the writer that has the transactional id, in the one order that is safe (cluster protocol §8): a zombie that
 * wakes before its own initialisation would fence the rightful owner, so the lease is checked first, and whether the
 * grant still stands afterwards, before anything is appended. Where it does not, waits to be stopped (`task.stopped`).
 * The offsets are fenced last: what a predecessor commits until its id is taken is records and offsets in one, and of that
 * no reader may ignore the offsets.
 */
export async function takeTransactionalId(of: IdTaking): Promise<LogWriter> {
  const { log, gate, writerId, transactionalId, confirmOwnership, offsets, stopSignal } = of
  await gate.pass()
  const writer = log.openWriter({ id: writerId, transactionalId })
  try {
    await writer.fence()
    if ((await confirmOwnership(stopSignal)) && (await isOffsetsOwner(offsets))) return writer
  } catch (error) {
    await writer.close()
    throw error
  }
  await writer.close()
  return untilStopped(stopSignal)
}

/** R25, where offsets are not committed in transactions. Where a newer owner was faster, waits to be stopped (`task.stopped`). */
export async function takeOffsets(of: Pick<IdTaking, 'offsets' | 'gate' | 'stopSignal'>): Promise<void> {
  await of.gate.pass()
  if (!(await isOffsetsOwner(of.offsets))) await untilStopped(of.stopSignal)
}

async function untilStopped(stopSignal: AbortSignal): Promise<never> {
  if (!stopSignal.aborted) await new Promise(resolve => stopSignal.addEventListener('abort', resolve, { once: true }))
  throw stopped()
}

/** Fences them. False where a newer owner has. */
async function isOffsetsOwner({ fence }: IdTaking['offsets']): Promise<boolean> {
  try {
    await fence?.()
    return true
  } catch (error) {
    if (errorCode(error) === 'stores.fenced') return false
    throw error
  }
}

/** Whether another writer has taken the id: the rightful owner takes it back, a stale one hears that it is none. */
export function isFenced(error: unknown): boolean {
  return errorCode(error) === 'log.fenced'
}
