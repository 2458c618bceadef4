import type { Clock } from '../../ports/clock.js'
import { Calls } from './calls.js'
import { ChannelEnd } from './channel.js'
import { wrapOf } from './comlink-port.js'
import { deferred } from './deferred.js'
import type { RunEndpoint } from './messages.js'
import { isChannelData, type Port } from './port.js'
import { taskEnded } from './task-run.js'
import type { TaskThread } from './task-thread.js'
import type { Channel, Hosted, Remote, StopLadder, StopOutcome } from './types.js'

export interface HostedRunOptions {
  readonly name: string
  readonly number: number
  readonly thread: TaskThread
  readonly port: Port
  /** Reads what has arrived at `port` and was not delivered yet. */
  readonly readRest: () => readonly unknown[]
  readonly cells: Float64Array
  readonly clock: Clock
  readonly controlDeadlineMs: number
  readonly soon: (flush: () => void) => void
  readonly onFault: (error: unknown) => void
  /** It did not end when it was told to. */
  readonly onNotStopped: (run: HostedRun) => void
}

/** One task or call, on the main thread's side of the port. */
export class HostedRun implements Hosted<object> {
  readonly name: string
  readonly number: number
  readonly thread: TaskThread
  readonly threadName: string
  readonly dedicated: boolean
  readonly cells: Float64Array
  readonly control: Remote<object>
  readonly channel: Channel
  readonly done: Promise<void>
  /** What `done` resolves for, with the value of a call. */
  readonly value: Promise<unknown>

  readonly #options: HostedRunOptions
  readonly #calls: Calls
  readonly #endpoint: RunEndpoint
  readonly #channel: ChannelEnd
  readonly #started = deferred<void>()
  readonly #value = deferred<unknown>()
  readonly #over = deferred<void>()
  #startAsked = false
  #settled = false

  constructor(options: HostedRunOptions) {
    const { name, number, thread, port, cells, clock } = options
    this.#options = options
    this.name = name
    this.number = number
    this.thread = thread
    this.threadName = thread.name
    this.dedicated = thread.dedicated
    this.cells = cells
    this.value = this.#value.promise
    this.done = this.#value.promise.then(() => undefined)
    this.done.catch(() => {})
    this.#calls = new Calls(clock)
    this.#endpoint = wrapOf(port)
    this.#channel = new ChannelEnd({
      post: data => port.postMessage(data, typeof data === 'number' ? [] : [data.buffer as ArrayBuffer]),
      soon: options.soon,
      onFault: options.onFault,
    })
    this.channel = this.#channel
    this.control = this.#remote()
    port.on('message', data => this.#receive(data))
  }

  /** Asked for only where somebody wants to know: short calls are many. */
  get started(): Promise<void> {
    if (!this.#startAsked) {
      this.#startAsked = true
      this.#calls
        .call(`start of ${this.name}`, undefined, () => this.#endpoint.started())
        // Where it does not start, `settle` says why.
        .then(this.#started.resolve, () => {})
    }
    return this.#started.promise
  }

  /** It has ended: with a value, or with what it failed with. The first call counts. */
  settle(outcome: { readonly value: unknown } | { readonly error: unknown }): void {
    if (this.#settled) return
    this.#settled = true
    for (const data of this.#options.readRest()) this.#receive(data)
    this.#channel.close(() => taskEnded(this.name))
    if ('error' in outcome) {
      this.#started.reject(outcome.error)
      this.#value.reject(outcome.error)
      this.#calls.fail(() => taskEnded(this.name, outcome.error))
    } else {
      this.#started.resolve()
      this.#value.resolve(outcome.value)
      this.#calls.fail(() => taskEnded(this.name))
    }
    this.#options.port.close()
    this.#over.resolve()
  }

  /** Each call climbs its own ladder, so that a later, shorter one ends it earlier. */
  async stop({ drainMs, stopMs }: StopLadder): Promise<StopOutcome> {
    // While its thread loads, nothing of it has run yet that could be blamed for not ending.
    await Promise.race([this.thread.loaded, this.#over.promise])
    this.#tell(() => this.#endpoint.drain())
    if (await this.#endsWithin(drainMs)) return 'drained'
    this.#tell(() => this.#endpoint.stop())
    if (await this.#endsWithin(stopMs)) return 'stopped'
    this.#options.onNotStopped(this)
    await this.#over.promise
    return 'terminated'
  }

  #endsWithin(ms: number): Promise<boolean> {
    const { clock } = this.#options
    return new Promise(resolve => {
      const timer = clock.setTimer(() => resolve(false), ms)
      void this.#over.promise.then(() => {
        clock.clearTimer(timer)
        resolve(true)
      })
    })
  }

  /** Whether the answer comes does not matter: the ladder looks at the end of the task only. */
  #tell(send: () => Promise<void>): void {
    this.#calls.call(this.name, this.#options.controlDeadlineMs, send).catch(() => {})
  }

  #remote(): Remote<object> {
    const call =
      (method: string) =>
      (...args: unknown[]): Promise<unknown> =>
        this.#calls.call(`${method} of ${this.name}`, this.#options.controlDeadlineMs, () =>
          this.#endpoint.call(method, args),
        )
    // `then` is no method of it: a control that is awaited or returned from an async function stays what it is.
    return new Proxy({}, { get: (_, key) => (typeof key === 'symbol' || key === 'then' ? undefined : call(key)) })
  }

  #receive(data: unknown): void {
    if (isChannelData(data)) this.#channel.receive(data)
  }
}
