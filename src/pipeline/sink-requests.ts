import type { TopicPartition } from '../core/offset.js'
import type { Logger } from '../ports/logger.js'
import type { SinkRequest } from './sink-context.js'
import type { SinkFeed } from './sink-feed.js'
import type { SinkIntake } from './sink-intake.js'
import type { SinkLagWatch } from './sink-lag-watch.js'
import type { SinkPositions } from './sink-positions.js'

interface RequestParts {
  readonly positions: SinkPositions
  readonly feed: SinkFeed
  readonly intake: SinkIntake
  readonly lag: SinkLagWatch
  readonly logger: Logger
}

/** Seeks, pauses and resumes that a sink plugin asked for: done between its calls, in their order. */
export class SinkRequests {
  readonly #parts: RequestParts
  #asked: SinkRequest[] = []

  constructor(parts: RequestParts) {
    this.#parts = parts
  }

  ask(request: SinkRequest): void {
    this.#asked.push(request)
  }

  /** What was loaded of a partition that goes elsewhere, or is paused, is not delivered. */
  apply(): void {
    const requests = this.#asked
    if (requests.length === 0) return
    this.#asked = []
    for (const request of requests) {
      const { topic, partition } = request.partition
      if (this.#parts.positions.has(request.partition)) this.#apply(request)
      else
        this.#parts.logger.log('warn', 'The connector asked for a partition that is not its own', {
          request: request.type,
          topic,
          partition,
        })
    }
  }

  #apply(request: SinkRequest): void {
    const { positions, feed } = this.#parts
    const { partition } = request
    switch (request.type) {
      case 'seek':
        this.#discard(partition)
        positions.seek(partition, request.offset)
        feed.seek(partition, request.offset)
        break
      case 'pause': {
        const at = positions.get(partition)
        this.#discard(partition)
        positions.setPaused(partition, true)
        if (at !== undefined) feed.seek(partition, at)
        feed.pause([partition])
        break
      }
      case 'resume':
        positions.setPaused(partition, false)
        feed.resume([partition])
        break
    }
  }

  #discard(partition: TopicPartition): void {
    this.#parts.intake.discard(partition)
    this.#parts.lag.discard(partition)
  }
}
