import type { Self } from '../../src/cluster/self.js'
import type { Epoch } from '../../src/core/epoch.js'
import { MillraceError } from '../../src/core/error.js'

interface Request {
  readonly term: number
  readonly after: Epoch | undefined
  readonly resolve: (epoch: Epoch) => void
  readonly reject: (error: unknown) => void
}

/** Who needs an epoch that is above every grant before it, and that no task has: that of an empty assign. */
export class EpochRequests {
  #waiting: Request[] = []

  /** As leader. Fails with `stores.not_leader` where the term ends first. */
  ask(self: Self): Promise<Epoch> {
    const { term, epoch } = self.leader
    return new Promise((resolve, reject) => {
      this.#waiting.push({ term, after: epoch, resolve, reject })
      self.around.epochWanted = true
    })
  }

  /** `leads`: whether this node leads in the term that `self` has. */
  settle(self: Self, leads: boolean): void {
    if (this.#waiting.length === 0) return
    const { term, epoch } = self.leader
    this.#waiting = this.#waiting.filter(request => {
      if (!leads || request.term !== term) request.reject(notLeader())
      else if (epoch === undefined || epoch === request.after) return true
      else request.resolve(epoch)
      return false
    })
    if (!leads) self.around.epochWanted = false
  }

  close(): void {
    for (const { reject } of this.#waiting) reject(notLeader())
    this.#waiting = []
  }
}

function notLeader(): MillraceError {
  return new MillraceError('stores.not_leader', 'Another node leads by now.', {
    hint: 'Ask again: the newer leader answers.',
    disposition: 'retry',
  })
}
