import { MillraceError } from '../../core/error.js'
import type { Clock, TimerHandle } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import { logClosed } from '../../ports/log-rules.js'
import { Appender } from './appender.js'
import { beatMs } from './directory-lock.js'
import { openDirectory } from './directory.js'
import { Disposal } from './disposal.js'
import type { SegmentRecord } from './ends-store.js'
import type { FileLayer } from './files.js'
import { Maintenance } from './maintenance.js'
import type { PartitionLog } from './partition-log.js'
import type { Port } from './protocol.js'
import { realFiles } from './real-files.js'
import { recover } from './recovery.js'
import { SegmentStore } from './segment-store.js'
import { Session } from './session.js'
import type { SparseIndex } from './sparse-index.js'
import { TopicOperations } from './topic-operations.js'
import { WaitList } from './wait-list.js'

export interface ServeLogOptions {
  readonly dataDirectory: string
  readonly clock: Clock
  readonly logger: Logger
  /** Once, when the log must not go on; close it and open it anew. */
  readonly onFatal: (error: MillraceError) => void
  /** Default: the real file system. */
  readonly files?: FileLayer
  /** Names this holder of the directory, for `releaseDirectory`. */
  readonly lockToken?: string
  /** Between two rounds of retention and compaction. Default 15 seconds. */
  readonly maintenanceIntervalMs?: number
}

export interface LogServer {
  /** Serves a client on its port. */
  accept(port: Port): void
  /** One round of retention and compaction, now. */
  maintain(): Promise<void>
  /** Completes what has arrived, then gives the directory up. */
  close(): Promise<void>
}

/**
 * Opens a data directory and serves it: the log thread's whole work. Fails with `log.directory_…`, `log.locked`,
 * `log.segment_truncated`.
 */
export async function serveLog(options: ServeLogOptions): Promise<LogServer> {
  const { dataDirectory, clock, logger, files = realFiles } = options
  const directory = await openDirectory(dataDirectory, options.lockToken)
  const { ends } = directory
  const segments = new SegmentStore(files, dataDirectory)
  const registry = await recover(ends, segments).catch(async (error: unknown) => {
    await directory.close()
    throw error
  })
  let failure: MillraceError | undefined
  const waits = new WaitList()
  const background = new Set<Promise<void>>()
  const keepIndex = (log: PartitionLog, segment: SegmentRecord, index: SparseIndex): void => {
    const kept = segments.keepIndex(log, segment, index).catch(() => {
      // It is made anew from the segment when a reader asks.
    })
    background.add(kept)
    void kept.finally(() => background.delete(kept))
  }
  const appender = new Appender({
    segments,
    ends,
    clock,
    find: of => registry.find(of),
    onCommitted: (partition, closed) => {
      if (closed !== undefined) keepIndex(partition, closed.segment, closed.index)
      waits.changed(partition)
    },
    onFatal: error => {
      failure = error
      void maintenance.close()
      options.onFatal(error)
    },
  })
  const disposal = new Disposal(files, dataDirectory, ends, logger)
  const barrier = (): Promise<void> =>
    new Promise((resolve, reject) => {
      appender.append({
        unit: { batches: [] },
        bytes: 0,
        poison: () => undefined,
        done: () => resolve(),
        failed: reject,
      })
    })
  const topics = new TopicOperations({
    ends,
    registry,
    segments,
    disposal,
    barrier,
    onChanged: logs => logs.forEach(log => waits.changed(log)),
  })
  const intervalMs = options.maintenanceIntervalMs ?? 15_000
  const maintenance = new Maintenance({ ends, registry, segments, disposal, clock, logger, intervalMs })
  const sessions = new Set<Session>()
  let beatTimer: TimerHandle | undefined
  const scheduleBeat = (): void => {
    beatTimer = clock.setTimer(() => {
      if (directory.beat()) scheduleBeat()
      else appender.stop(directoryLost(dataDirectory))
    }, beatMs)
  }
  scheduleBeat()

  const close = async (): Promise<void> => {
    const hasFailed = failure !== undefined
    failure ??= logClosed('The log')
    if (beatTimer !== undefined) clock.clearTimer(beatTimer)
    await appender.close(failure)
    await maintenance.close()
    for (const session of sessions) session.close()
    for (const log of hasFailed ? [] : registry.logs())
      if (log.active !== undefined && log.index !== undefined) keepIndex(log, log.active, log.index)
    await Promise.all(background)
    await disposal.settled()
    await segments.openFiles.closeAll()
    await directory.close()
  }
  let closing: Promise<void> | undefined
  return {
    accept: port => {
      const services = { ends, registry, segments, appender, topics, waits, failure: () => failure }
      const session = new Session(port, services, () => sessions.delete(session))
      sessions.add(session)
    },
    maintain: () => maintenance.run(),
    close: () => (closing ??= close()),
  }
}

/** Whoever has it now must not find our writes in it. */
function directoryLost(directory: string): MillraceError {
  return new MillraceError('log.locked', `The data directory ${directory} was taken over, moved or removed.`, {
    hint: 'Look who else uses it; the log stopped.',
    file: directory,
  })
}
