import { taskKey } from '../src/core/offset.js'
import type { TaskPolicy } from '../src/pipeline/assemble/runtime-keys.js'
import { isStalled, readStallSigns } from '../src/pipeline/stalled.js'
import { taskTime } from '../src/pipeline/task-metrics.js'
import type { Clock } from '../src/ports/clock.js'
import type { TaskLife } from './work-figures.js'

/** A task of this node whose own word is that it runs. */
export interface WatchedTask {
  readonly life: TaskLife
  readonly policy: TaskPolicy
}

/** Finds tasks that should move and do not (I7): one look over all of them now and then, not a timer for each. */
export class StallWatch {
  readonly #clock: Clock
  /** Lives that were found already, by their figures. */
  readonly #found = new WeakSet<Float64Array>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that stand since the last look. One that moved again meanwhile may be found again. */
  look(tasks: Iterable<WatchedTask>): WatchedTask[] {
    const found: WatchedTask[] = []
    for (const task of tasks) {
      const { cells } = task.life
      if (!isStalledNow(task, this.#clock)) this.#found.delete(cells)
      else if (!this.#found.has(cells)) {
        this.#found.add(cells)
        found.push(task)
      }
    }
    return found
  }
}

export function isStalledNow({ life, policy }: WatchedTask, clock: Clock): boolean {
  return isStalled(readStallSigns(life.cells), taskTime(life.cells, clock), policy.stallTimeoutMs)
}

/** What a look needs of the rest: the lives of tasks whose phase is `running`, with their policies. */
export function* watched(
  lives: Iterable<TaskLife>,
  phaseOf: (id: string) => string | undefined,
  policyOf: (id: string) => TaskPolicy | undefined,
): Generator<WatchedTask> {
  for (const life of lives) {
    const id = `task/${taskKey(life.id)}`
    const policy = policyOf(id)
    if (policy !== undefined && phaseOf(id) === 'running') yield { life, policy }
  }
}
