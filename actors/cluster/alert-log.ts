import type { Alert } from '../../src/core/api/overview.js'
import type { Logger } from '../../src/ports/logger.js'

/**
 * Tells the log when an alert begins, changes and is over. An alert counts once two looks in a row have seen it: an
 * election, or a node that reads up, is no alert.
 */
export class AlertLog {
  readonly #logger: Logger
  #seen: ReadonlySet<string> = new Set()
  /** By id. */
  readonly #told = new Map<string, Alert>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  look(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      const { id, kind, subject, text, fix } = alert
      if (!this.#seen.has(id) || this.#told.get(id)?.text === text) continue
      this.#told.set(id, alert)
      this.#logger.log('warn', text, { alert: kind, ...subject, ...(fix !== undefined && { fix }) })
    }
    this.#seen = new Set(alerts.map(({ id }) => id))
    for (const [id, { kind, subject, text }] of this.#told) {
      if (this.#seen.has(id)) continue
      this.#told.delete(id)
      this.#logger.log('warn', `Over: ${text}`, { alert: kind, ...subject })
    }
  }
}
