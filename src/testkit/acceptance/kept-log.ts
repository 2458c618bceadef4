import { inspect } from 'node:util'
import type { PluginLogger } from '../../plugin/index.js'

/** A log that keeps everything it is told, to look for secrets in. */
export class KeptLog {
  readonly lines: string[] = []
  readonly logger: PluginLogger = {
    debug: (message, fields) => this.add(message, fields),
    info: (message, fields) => this.add(message, fields),
    warn: (message, fields) => this.add(message, fields),
    error: (message, fields) => this.add(message, fields),
  }

  /** Keeps errors and configurations too, as far as printing them shows anything. */
  add(...told: readonly unknown[]): void {
    this.lines.push(told.map(part => inspect(part, { depth: 8, showHidden: true })).join(' '))
  }
}
