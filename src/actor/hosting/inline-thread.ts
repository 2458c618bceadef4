import type { Clock } from '../../ports/clock.js'
import { deferred } from './deferred.js'
import { createGauges } from './gauges.js'
import type { RunRequest, Settlement } from './messages.js'
import { TaskRun, taskEnded } from './task-run.js'
import type { TaskThread, ThreadPlan } from './task-thread.js'
import type { ThreadEnd } from './thread-end.js'
import type { ThreadCode } from './types.js'

/** A thread that is none: the code runs here. What is ended is told to stop at once, and its outcome is not heard. */
export class InlineThread implements TaskThread {
  readonly name: string
  readonly dedicated: boolean
  readonly memoryMaxBytes: number
  readonly gauges = createGauges()
  readonly loaded = Promise.resolve()
  ending = false
  readonly ended: Promise<ThreadEnd>

  readonly #code: ThreadCode
  readonly #clock: Clock
  readonly #stopMs: number
  readonly #end = deferred<ThreadEnd>()
  readonly #runs = new Set<TaskRun>()

  constructor(plan: ThreadPlan, code: ThreadCode, clock: Clock, stopMs: number) {
    this.name = plan.name
    this.dedicated = plan.dedicated
    this.memoryMaxBytes = plan.memoryMaxBytes
    this.#code = code
    this.#clock = clock
    this.#stopMs = stopMs
    this.ended = this.#end.promise
  }

  async run(request: RunRequest): Promise<Settlement> {
    const run = new TaskRun(request, {
      clock: this.#clock,
      within: job => job(),
      soon: queueMicrotask,
      stopMs: this.#stopMs,
    })
    this.#runs.add(run)
    const settlement = await run.settle(this.#code)
    this.#runs.delete(run)
    return settlement
  }

  end(why: ThreadEnd): void {
    this.ending = true
    this.#end.resolve(why)
    for (const run of this.#runs) run.fail(taskEnded(this.name))
  }
}
