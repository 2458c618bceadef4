import type { Reply } from '../../src/actor/ref.js'
import { isConfirmed, type Reading, type Self } from '../../src/cluster/self.js'
import type { TaskKey } from '../../src/cluster/events.js'
import { compareEpochs, type Epoch } from '../../src/core/epoch.js'

interface Question {
  readonly task: TaskKey
  readonly epoch: Epoch
  readonly afterBeat: number
  readonly reply: Reply<boolean>
}

/**
 * Whether a task is this node's at a moment after the question was asked: a beat that was sent since has been read back, and
 * with it everything that was decided before (cluster protocol §8, exactly once).
 */
export class Confirmations {
  #waiting: Question[] = []

  /** Makes the next decision send a beat. */
  ask(self: Self, task: TaskKey, epoch: Epoch, reply: Reply<boolean>): void {
    this.#waiting.push({ task, epoch, afterBeat: self.beatSeq, reply })
    self.beatSentAt = -Infinity
  }

  settle(self: Self, now: Reading): void {
    if (this.#waiting.length === 0) return
    this.#waiting = this.#waiting.filter(({ task, epoch, afterBeat, reply }) => {
      const own = self.tasks.get(task)
      const isOwn = own !== undefined && !own.stopping && compareEpochs(own.epoch, epoch) === 0
      if (isOwn && !isConfirmed(self, afterBeat, now)) return true
      reply.ok(isOwn)
      return false
    })
  }
}
