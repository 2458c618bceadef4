/** One logger as Connect's `/admin/loggers` shows it (contract §1.14). */
export interface LoggerLevel {
  readonly level: string
  /** Epoch ms of the last change through the API; null before one. */
  readonly last_modified: number | null
}
