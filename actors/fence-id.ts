import type { LogClient } from '../src/ports/log.js'

/** Takes a transactional id from whoever has it: what that one had open is undone, and it can append no more (I4). */
export async function fenceId(log: LogClient, transactionalId: string): Promise<void> {
  const writer = log.openWriter({ id: `fence-${transactionalId}`, transactionalId })
  try {
    await writer.fence()
  } finally {
    await writer.close()
  }
}
