import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LagAnswer, OffsetMap, SourceContext, SourcePlugin, SourceRecord } from 'millrace/plugin'
import { afterEach, vi } from 'vitest'

const clean: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of clean.splice(0).toReversed()) await step()
})

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-file-'))
  clean.push(() => rm(path, { recursive: true }))
  return path
}

export interface Log {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** A logger that keeps what it is told. */
export function keepLogs(): { logs: Log[]; logger: SourceContext<unknown, unknown, OffsetMap, OffsetMap>['logger'] } {
  const logs: Log[] = []
  const at = (level: Log['level']) => (message: string) => void logs.push({ level, message })
  return { logs, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

export function sleepUntil(signal: AbortSignal): (ms: number) => Promise<void> {
  return ms =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
    })
}

/** Runs a source's `read`, one pull at a time, as the runtime does. */
export class SourceRun {
  readonly records: SourceRecord[] = []
  readonly logs: Log[]
  readonly progress: [number, number | undefined][] = []
  lag: () => Promise<LagAnswer> = async () => undefined
  readonly #abort = new AbortController()
  #failure: unknown
  /** Settles when `read` has ended; never rejects. */
  readonly ended: Promise<void>

  constructor(plugin: SourcePlugin, config: Record<string, unknown>, committed: OffsetMap | undefined) {
    const { logs, logger } = keepLogs()
    this.logs = logs
    const { signal } = this.#abort
    const context: SourceContext<unknown, unknown, OffsetMap, OffsetMap> = {
      config,
      task: undefined,
      id: { connector: 'test', task: 0 },
      taskCount: 1,
      raw: {},
      signal,
      logger,
      sleep: sleepUntil(signal),
      replan: () => undefined,
      offsets: { last: async () => committed, all: async () => [] },
      onCommitted: () => undefined,
      onAppended: () => undefined,
      onLag: provider => (this.lag = async () => provider()),
      passesEncoded: false,
      progress: (done, total) => void this.progress.push([done, total]),
    }
    this.ended = this.#pull(plugin.read(context as Parameters<SourcePlugin['read']>[0]))
    clean.push(() => this.stop())
  }

  get values(): unknown[] {
    return this.records.map(record => record.value)
  }

  get offsets(): OffsetMap[] {
    return this.records.map(record => record.offset ?? {})
  }

  get failure(): unknown {
    return this.#failure
  }

  async until(count: number): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.#failure) throw this.#failure
        if (this.records.length < count) throw new Error(`${this.records.length} of ${count}: ${String(this.values)}`)
      },
      { timeout: 8_000, interval: 2 },
    )
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async #pull(read: ReturnType<SourcePlugin['read']>): Promise<void> {
    try {
      for await (const batch of read) this.records.push(...(batch as SourceRecord[]))
    } catch (error) {
      this.#failure = error
    }
  }
}
