import { MillraceError } from '../../core/error.js'
import { sleep, type Clock } from '../../ports/clock.js'
import { ChannelEnd } from './channel.js'
import { exposeOn } from './comlink-port.js'
import { deferred } from './deferred.js'
import type { RunEndpoint, RunRequest, Settlement } from './messages.js'
import { isChannelData } from './port.js'
import type { TaskContext, ThreadCode } from './types.js'
import { toWire, type Redact } from './wire.js'

export interface RunSurroundings {
  readonly clock: Clock
  /** Runs something so that all that comes of it is attributed to this run. */
  readonly within: <T>(run: () => T) => T
  readonly soon: (flush: () => void) => void
  readonly stopMs: number
}

/** One task or call on its own side of the port. */
export class TaskRun {
  readonly #request: RunRequest
  readonly #surroundings: RunSurroundings
  readonly #channel: ChannelEnd
  readonly #drain = new AbortController()
  readonly #stop = new AbortController()
  readonly #failure = deferred<{ readonly error: unknown }>()
  readonly #control = deferred<object>()
  #endedError: MillraceError | undefined
  #redact: Redact | undefined

  constructor(request: RunRequest, surroundings: RunSurroundings) {
    this.#request = request
    this.#surroundings = surroundings
    this.#channel = new ChannelEnd({
      post: data => request.port.postMessage(data, typeof data === 'number' ? [] : [data.buffer as ArrayBuffer]),
      soon: surroundings.soon,
      onFault: error => this.fail(error),
    })
  }

  /** Fails the task with something that happened outside of its `done`. The first failure is the one that counts. */
  fail(error: unknown): void {
    this.#failure.resolve({ error })
    this.#abort(this.#stop, error)
    this.#abort(this.#drain, error)
  }

  /** What its failures pass through; undefined while it has nothing to hide. */
  get redact(): Redact | undefined {
    return this.#redact
  }

  /** Runs it to its end. Never rejects. */
  async settle(code: ThreadCode): Promise<Settlement> {
    const { port } = this.#request
    exposeOn(port, this.#endpoint(), run => this.#surroundings.within(run))
    port.on('message', data => {
      if (isChannelData(data)) this.#surroundings.within(() => this.#channel.receive(data))
    })
    const settlement = await this.#outcome(code)
    this.#control.reject(this.#ended())
    this.#channel.flush()
    this.#channel.close(() => this.#ended())
    return settlement
  }

  async #outcome(code: ThreadCode): Promise<Settlement> {
    const end = this.#surroundings
      .within(() => this.#live(code))
      .then(
        (value): Settlement => ({ ok: true, value }),
        (error: unknown): Settlement => ({ ok: false, error: toWire(error, this.#redact), lingering: false }),
      )
    const first = await Promise.race([end, this.#failure.promise])
    if ('ok' in first) {
      // Who holds the signals and has not seen the end (a timer, a socket) sees it now.
      this.#abort(this.#drain, this.#ended())
      this.#abort(this.#stop, this.#ended())
      return first
    }
    const giveUp = new AbortController()
    const waited = sleep(this.#surroundings.clock, this.#surroundings.stopMs, giveUp.signal)
    const lingering = await Promise.race([end.then(() => false), waited.then(() => true)])
    giveUp.abort()
    return { ok: false, error: toWire(first.error, this.#redact), lingering }
  }

  /** One for all who hear of it: a stack costs more than the rest of a short call. */
  #ended(): MillraceError {
    return (this.#endedError ??= taskEnded(this.#request.name))
  }

  async #live(code: ThreadCode): Promise<unknown> {
    const context: TaskContext = {
      name: this.#request.name,
      signal: this.#drain.signal,
      hardSignal: this.#stop.signal,
      channel: this.#channel,
      cells: new Float64Array(this.#request.cells),
      fail: error => this.fail(error),
      redact: by => (this.#redact = by),
    }
    if (this.#request.kind === 'call') return clonable(await code.call(this.#request.init, context))
    const task = await code.start(this.#request.init, context)
    this.#control.resolve(task.control ?? {})
    await task.done
    return undefined
  }

  #endpoint(): RunEndpoint {
    const { name } = this.#request
    return {
      started: async () => {
        await this.#control.promise
      },
      drain: async () => this.#abort(this.#drain, new MillraceError('task.draining', `${name} is to end.`)),
      stop: async () => {
        const reason = new MillraceError('task.stopping', `${name} is to end now.`)
        this.#abort(this.#drain, reason)
        this.#abort(this.#stop, reason)
      },
      call: async (method, args) => {
        const control = await this.#control.promise
        const target: unknown = method in Object.prototype ? undefined : (control as Record<string, unknown>)[method]
        if (typeof target !== 'function')
          throw new MillraceError('control.method_unknown', `${name} has no control method ${method}.`)
        return (target as (...args: readonly unknown[]) => unknown).apply(control, [...args])
      },
    }
  }

  /** Inside the run, so that an abort listener that throws fails this task. */
  #abort(controller: AbortController, reason: unknown): void {
    if (!controller.signal.aborted) this.#surroundings.within(() => controller.abort(reason))
  }
}

export function taskEnded(name: string, cause?: unknown): MillraceError {
  return new MillraceError('hosting.task_ended', `${name} has ended.`, { cause })
}

function clonable(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (cause) {
    throw new MillraceError('call.result_not_clonable', 'The result of a call cannot be sent to another thread.', {
      cause,
    })
  }
}
