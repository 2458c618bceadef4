import { errorMessage } from '../core/error.js'
import type { TopicPartition } from '../core/offset.js'
import type { FetchedChunk } from '../ports/log.js'
import { inStep, settledBefore } from './back-off.js'
import type { SinkFeed } from './sink-feed.js'
import type { Reached } from './sink-intake.js'
import { SinkLag } from './sink-lag.js'
import type { LoopDependencies } from './task-loop.js'

/** How often the reader is asked what it knows while records flow: with many partitions that is work. */
const lookMs = 1_000
const stepMs = 5_000
/** Ends come with what is read. Who has not read for so long, because it is paused or its put takes long, asks for them. */
const unreadMs = 30_000

/** Keeps the figures of a sink task's lag true, whether it reads or not. */
export class SinkLagWatch {
  readonly #dependencies: LoopDependencies
  readonly #feed: SinkFeed
  readonly #stopSignal: AbortSignal
  readonly #lag: SinkLag
  #lookAt = -Infinity
  #heardAt: number

  constructor(dependencies: LoopDependencies, feed: SinkFeed, stopSignal: AbortSignal) {
    this.#dependencies = dependencies
    this.#feed = feed
    this.#stopSignal = stopSignal
    this.#lag = new SinkLag(dependencies.clock)
    this.#heardAt = dependencies.clock.now()
  }

  read(chunks: readonly FetchedChunk[]): void {
    this.#heardAt = this.#dependencies.clock.now()
    this.#lag.read(chunks)
    this.#publish()
  }

  delivered(reached: Iterable<Reached>): void {
    this.#lag.delivered(reached)
    this.#publish()
  }

  discard(partition: TopicPartition): void {
    this.#lag.discard(partition)
  }

  /** What was read is delivered; nothing was `atRest`. */
  look(atRest: boolean): void {
    const now = this.#dependencies.clock.now()
    if (!atRest && now < this.#lookAt) return
    this.#lookAt = now + lookMs
    const lags = this.#feed.lags()
    if (lags) this.#lag.heard(lags)
    this.#publish()
  }

  /** Looks now and then until the task must stop, also while it holds still. Never rejects. */
  keep(): Promise<void> {
    const { clock } = this.#dependencies
    return inStep(clock, stepMs, this.#stopSignal, async () => {
      if (clock.now() - this.#heardAt >= unreadMs) await this.#ask()
      this.look(true)
    })
  }

  async #ask(): Promise<void> {
    const { clock, logger } = this.#dependencies
    this.#heardAt = clock.now()
    try {
      await settledBefore(this.#feed.hearEnds(), this.#stopSignal)
    } catch (error) {
      logger.log('debug', 'The ends of the topics are not known', { error: errorMessage(error) })
    }
  }

  #publish(): void {
    this.#dependencies.metrics.setLag(this.#lag.current)
  }
}
