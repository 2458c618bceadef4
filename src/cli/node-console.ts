import type { WriteStream } from 'node:tty'
import { ConfigError, errorCode, errorMessage } from '../core/error.js'
import type { NodeSummary } from '../core/api/node.js'
import { statusLine } from './status-line.js'

const terminalMs = 500
const otherwiseMs = 10_000

/** What `millrace start` shows: lines that stay, and below them one live status line. */
export class NodeConsole {
  readonly #out: WriteStream | NodeJS.WriteStream
  #timer: NodeJS.Timeout | undefined
  #shown = ''

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
    // Whoever read what is printed has gone; the node goes on.
    out.on('error', () => this.close())
  }

  /** A line that stays. */
  say(text: string): void {
    this.#clear()
    this.#out.write(`${text}\n`)
    if (this.#shown !== '' && this.#out.isTTY) this.#out.write(this.#shown)
  }

  /** Why the node is not up, in the form of all errors: code, sentence, what to do. */
  refuse(error: unknown): void {
    this.#clear()
    const issues = error instanceof ConfigError ? error.issues : []
    process.stderr.write(`✗ ${errorCode(error)}\n  ${errorMessage(error)}\n`)
    for (const issue of issues) process.stderr.write(`  ${issue.key}: ${issue.message}\n`)
    const hint = (error as { hint?: unknown }).hint
    if (typeof hint === 'string') process.stderr.write(`→ ${hint}\n`)
  }

  /** Shows the status line: live on a terminal, a line every ten seconds otherwise. */
  follow(summary: () => NodeSummary | undefined): void {
    let before = summary()
    let beforeMs = performance.now()
    const show = (): void => {
      const now = summary()
      // A part of the node restarts: what was shown last stays.
      if (now === undefined) return
      const nowMs = performance.now()
      const line = statusLine(now, before ?? now, (nowMs - beforeMs) / 1000, this.#out.columns || 120)
      before = now
      beforeMs = nowMs
      if (this.#out.isTTY) {
        this.#clear()
        this.#shown = line
        this.#out.write(line)
      } else this.#out.write(`${line}\n`)
    }
    if (this.#out.isTTY) show()
    this.#timer = setInterval(show, this.#out.isTTY ? terminalMs : otherwiseMs)
  }

  close(): void {
    clearInterval(this.#timer)
    if (this.#out.isTTY && this.#shown !== '') this.#out.write('\n')
    this.#shown = ''
  }

  #clear(): void {
    if (this.#out.isTTY && this.#shown !== '') this.#out.write('\r\u001b[2K')
  }
}
