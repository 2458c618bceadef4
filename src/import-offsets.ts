import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { nodeClock } from './adapters/node/clock.js'
import { MillraceError, errorMessage } from './core/error.js'
import type { LogClient } from './ports/log.js'
import type { Logger } from './ports/logger.js'
import type { InternalTopic } from './stores/internal-topic.js'
import { readJavaOffsetFile } from './stores/java-offset-file.js'
import { decodeOffsetRecord } from './stores/offset-record.js'
import { OffsetStore } from './stores/offset-store.js'

/** Where Kafka Connect kept its offsets, and the file that says they have been taken over. */
export interface OffsetImport {
  readonly from: string
  readonly marker: string
}

/**
 * Takes over the offsets of Kafka Connect's standalone mode, once, before anything can read them. Cut off half-way it
 * begins anew at the next start; an offset that this node has itself stays (I2). Fails with `offsets.file_corrupt`.
 */
export async function importOffsets(
  { from, marker }: OffsetImport,
  log: LogClient,
  topic: InternalTopic,
  logger: Logger,
): Promise<void> {
  if (existsSync(marker) || !existsSync(from)) return
  const entries = readEntries(await readFile(from), from, logger)
  const store = new OffsetStore({ log, clock: nodeClock, logger }, topic)
  await store.open()
  let imported = 0
  try {
    for (const { connector, partition, offset } of entries) {
      const own = await store.forConnector(connector).last(partition)
      if (own !== undefined || offset === null) continue
      await store.write(connector, [{ partition, offset }])
      imported++
    }
  } finally {
    await store.close()
  }
  await writeFile(marker, `${JSON.stringify({ from, imported, at: new Date(nodeClock.wallTime()).toISOString() })}\n`)
  logger.log('info', 'Offsets of Kafka Connect were taken over', { file: from, imported })
}

function readEntries(bytes: Buffer, file: string, logger: Logger): readonly ReturnType<typeof decodeOffsetRecord>[] {
  try {
    return readJavaOffsetFile(bytes).flatMap(({ key, value }) => {
      try {
        return decodeOffsetRecord({ key: String(key), value: value && String(value) })
      } catch (error) {
        logger.log('warn', 'An entry of an offset file is no offset; it was left out', {
          file,
          error: errorMessage(error),
        })
        return []
      }
    })
  } catch (error) {
    const { hint } = error as MillraceError
    throw new MillraceError('offsets.file_corrupt', errorMessage(error), { file, ...(hint && { hint }), cause: error })
  }
}
