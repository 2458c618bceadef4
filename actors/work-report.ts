import type { SupervisionEvent } from '../src/actor/event.js'
import { errorCode, errorMessage } from '../src/core/error.js'
import type { Logger } from '../src/ports/logger.js'
import type { StatusSubject } from '../src/stores/status-fold.js'
import type { StatusWriter } from './status-writer.js'
import type { Work } from './work.js'
import type { WorkFigures } from './work-figures.js'
import type { WorkJournal } from './work-journal.js'
import type { WorkStarts } from './work-starts.js'

export interface ReportTo {
  readonly status: StatusWriter
  readonly figures: WorkFigures
  readonly journal: WorkJournal
  readonly starts: WorkStarts
  readonly logger: Logger
  /** The status is not to say RESTARTING: Connect shows it for extended restarts only (contract §5.1). */
  readonly quietly: boolean
  /** Of the plugin, where it is known: a start that fails says nothing of it. */
  readonly version: string | undefined
}

/** Tells status, journal, log and who waits what happened to a child: who restarted, why, how often and when next. */
export function report(event: SupervisionEvent, work: Work, to: ReportTo): void {
  const { status, figures, journal, starts, logger } = to
  const subject: StatusSubject = work.kind === 'connector' ? { connector: work.name } : work.id
  journal.record(event)
  switch (event.type) {
    case 'restarting': {
      const { cause, restarts, inMs } = event
      // What an ended life left in its figures says nothing of the next one.
      if (work.kind === 'task' && cause.kind === 'failed') figures.end(work.id)
      const why = cause.kind === 'failed' ? { code: errorCode(cause.error), error: errorMessage(cause.error) } : {}
      logger.log('warn', 'Restarting', { ...subject, restarts, inMs, ...why })
      // A neighbour's fault is not its own: it starts again at once, and who waits for it goes on waiting.
      if (cause.kind === 'failed' && errorCode(cause.error) !== 'thread.lost') starts.failed(event.id, cause.error)
      if (!to.quietly) void status.restarting(subject)
      return
    }
    case 'parked':
      if (work.kind === 'task') figures.end(work.id)
      logger.log('error', 'Failed, and stays so until it is restarted', {
        ...subject,
        restarts: event.restarts,
        code: errorCode(event.error),
        error: errorMessage(event.error),
      })
      starts.failed(event.id, event.error)
      void status.failed(subject, event.error, to.version)
      return
    case 'started':
      logger.log('info', 'Started', { ...subject, restarts: event.restarts })
      // A connector's start is over when it has planned, which it says itself.
      if (work.kind === 'task') starts.started(event.id)
      return
    case 'stopped':
      logger.log('info', 'Stopped', { ...subject })
      return
    case 'escalated':
  }
}
