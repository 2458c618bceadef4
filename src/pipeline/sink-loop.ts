import { LoopControl } from './loop-control.js'
import { SinkSession } from './sink-session.js'
import type { SinkDefinition } from './task-definition.js'
import { taskFailure } from './task-failure.js'
import type { Epoch } from '../core/epoch.js'
import type { LogClient } from '../ports/log.js'
import type { LoopDependencies, TaskLoop } from './task-loop.js'

export interface SinkDependencies extends LoopDependencies {
  /** With peers: the task's grant, which its commits name. */
  readonly epoch?: Epoch
  /** Where dead letters go, if not where the records come from. */
  readonly letters?: LogClient
}

/** Runs one sink task: fetches what is its share, puts it, and commits what the plugin covers. */
export class SinkLoop implements TaskLoop {
  readonly #definition: SinkDefinition
  readonly #dependencies: SinkDependencies
  readonly #control: LoopControl
  #session: SinkSession | undefined

  constructor(definition: SinkDefinition, dependencies: SinkDependencies) {
    this.#definition = definition
    this.#dependencies = dependencies
    this.#control = new LoopControl(dependencies)
  }

  async run(): Promise<void> {
    const control = this.#control
    try {
      await control.whilePaused()
      const life = control.isStopping ? Promise.resolve() : this.#live()
      await control.lastWait(life)
    } finally {
      control.end()
    }
    if (control.failure) throw taskFailure('TASK_PUT', control.failure.error)
  }

  pause(): void {
    this.#control.pause()
    this.#session?.wake()
  }

  resume(): void {
    this.#control.resume()
  }

  drain(withinMs: number): Promise<void> {
    const drained = this.#control.drain(withinMs)
    this.#session?.wake()
    return drained
  }

  /** Never rejects: the control knows what failed. */
  async #live(): Promise<void> {
    const control = this.#control
    try {
      this.#session = new SinkSession(this.#definition, this.#dependencies, control)
      await this.#session.open()
      control.reportRunning()
      await this.#session.deliver()
    } catch (error) {
      control.fail(error)
    }
    await this.#session?.finish()
  }
}
