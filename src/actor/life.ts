import type { Behavior, StopReason } from './behavior.js'
import type { Halt, MakeChild } from './child.js'
import { Children } from './children.js'
import { LifeContext, type ContextLife } from './context.js'
import { pending, settlesWithin } from './deadline.js'
import type { SupervisionEvent } from './event.js'
import type { Kernel } from './kernel.js'
import type { ActorRef } from './ref.js'
import { Terminated, type Signal } from './signal.js'
import type { ActorSnapshot } from './snapshot.js'
import { defaultSupervision, type ChildSpec } from './spec.js'
import { Turns, type TurnsHost, type TurnsOwner } from './turns.js'

/** The lasting part of an actor, as its lives need it. */
export interface LifeHost<M> extends TurnsHost<M> {
  readonly ref: ActorRef<M>
  readonly spec: ChildSpec<M>
  lifeStarted(): void
  lifeEnded(reason: StopReason, abandoned: boolean): void
}

/**
 * One life of an actor, from its factory to its end. Down it goes by the ladder: drain, stop, and where that overruns
 * its deadline, abandon.
 */
export class Life<M> implements ContextLife<M>, TurnsOwner {
  readonly self: ActorRef<M>
  readonly restarts: number
  #state: 'starting' | 'running' | 'draining' | 'stopping' = 'starting'
  readonly #kernel: Kernel
  readonly #host: LifeHost<M>
  readonly #make: MakeChild
  readonly #context: LifeContext<M>
  #behavior: Behavior<M> | undefined
  #turns: Turns<M> | undefined
  #children: Children | undefined
  /** `stop()` was called: ends after the hook in progress. */
  #finishing = false
  /** While draining: ends the wait for a quiet moment. */
  #quiet: (() => void) | undefined
  /** A failure while draining. */
  #failure: { readonly error: unknown } | undefined

  constructor(kernel: Kernel, host: LifeHost<M>, make: MakeChild, restarts: number) {
    this.#kernel = kernel
    this.#host = host
    this.#make = make
    this.self = host.ref
    this.restarts = restarts
    this.#context = new LifeContext(kernel, this)
  }

  get state(): 'starting' | 'running' | 'draining' | 'stopping' {
    return this.#state
  }

  /** Whether a turn would do anything. */
  get ready(): boolean {
    return this.#turns?.ready === true
  }

  get currentMs(): number {
    return this.#turns?.currentMs ?? 0
  }

  begin(): void {
    try {
      const behavior = this.#host.spec.start(this.#context)
      this.#behavior = behavior
      // The factory may have failed or stopped it already.
      if (this.#state !== 'starting') return
      this.#turns = new Turns(this.#kernel, this.#host, this, behavior, this.#context)
      this.#turns.runHook(
        () => behavior.started?.(this.#context),
        () => this.#up(),
      )
    } catch (error) {
      this.fail(error)
    }
  }

  run(now: number): number {
    return this.#turns?.run(now) ?? now
  }

  halt({ reason, drain }: Halt): void {
    this.#end({ kind: reason }, drain)
  }

  crashed(error: unknown): void {
    const stopping = this.#state === 'stopping'
    this.#turns?.dropMessage(stopping ? 'interrupted' : 'crashed', error)
    if (stopping) this.#stopFailed(error)
    else this.fail(error)
  }

  idle(): void {
    if (this.#finishing) this.#end({ kind: 'finished' }, false)
    this.#quiet?.()
  }

  children(): Children {
    if (this.#behavior === undefined) throw new TypeError('Children are spawned from `started` on, not in the factory.')
    this.#children ??= new Children(
      this.#kernel,
      this.#behavior.supervision ?? defaultSupervision,
      { path: this.self.path, childEvent: this.#childEvent, escalate: error => this.fail(error) },
      this.#make,
    )
    return this.#children
  }

  signal(signal: Signal): void {
    const { control, data } = this.#host.mailbox
    // The end of another actor comes after what it told before; a timer's message need not wait for data.
    const lane = signal instanceof Terminated ? data : control
    lane.force(signal, this.#kernel.clock.now())
    this.#host.wake()
  }

  stash(): void {
    this.#turns?.stash()
  }

  unstashAll(): void {
    this.#host.mailbox.unstashAll(this.#kernel.clock.now())
    this.#host.wake()
  }

  fail(error: unknown): void {
    if (this.#state !== 'draining') return this.#end({ kind: 'failed', error }, false)
    this.#failure ??= { error }
    this.#quiet?.()
  }

  finish(): void {
    if (this.#turns?.inFlight === undefined) return this.#end({ kind: 'finished' }, false)
    this.#finishing = true
    this.#open(false)
  }

  snapshots(): ActorSnapshot[] {
    return this.#children?.snapshot() ?? []
  }

  #up(): void {
    if (this.#state !== 'starting') return
    this.#state = 'running'
    this.#open(!this.#finishing)
    this.#host.lifeStarted()
    this.#turns?.goOn()
  }

  #end(reason: StopReason, drain: boolean): void {
    if (this.#state === 'starting' || this.#state === 'running') void this.#goDown(reason, drain)
  }

  async #goDown(reason: StopReason, drain: boolean): Promise<void> {
    const { drainMs, stopMs } = this.#host.spec.shutdown
    if (drain && drainMs !== undefined && this.#state === 'running') {
      this.#state = 'draining'
      // Before a restart nothing more is taken: the mailbox outlives it.
      this.#open(reason.kind === 'shutdown')
      if (!(await settlesWithin(this.#kernel.clock, drainMs, this.#drain()))) this.#overran('drain', drainMs)
    }
    this.#state = 'stopping'
    this.#open(false)
    this.#context.end()
    this.#children?.giveUpStart(this.#context.signal.reason)
    // A synchronous hook may have called for this end, and must return before `stopped` runs.
    await Promise.resolve()
    const end: StopReason = this.#failure === undefined ? reason : { kind: 'failed', ...this.#failure }
    const inTime = await this.#stop(end, stopMs, drain)
    if (!inTime) this.#abandon(stopMs)
    this.#turns?.end()
    this.#host.lifeEnded(end, !inTime)
  }

  async #drain(): Promise<void> {
    await this.#untilQuiet(() => this.#turns?.goOn())
    // A failure or the deadline may have ended the drain meanwhile.
    if (this.#state !== 'draining' || this.#failure !== undefined) return
    this.#open(false)
    await this.#untilQuiet(quiet => this.#turns?.runHook(() => this.#behavior?.stopping?.(this.#context), quiet))
  }

  #untilQuiet(begin: (quiet: () => void) => void): Promise<void> {
    return new Promise(resolve => {
      this.#quiet = resolve
      begin(resolve)
    })
  }

  /** The hook in progress, the children, `stopped`, in this order; false when a hook overran its time. */
  async #stop(reason: StopReason, stopMs: number, drain: boolean): Promise<boolean> {
    const { clock } = this.#kernel
    const began = clock.now()
    const inFlight = this.#turns?.inFlight
    const landed = inFlight === undefined || (await settlesWithin(clock, stopMs, inFlight))
    const leftMs = Math.max(0, stopMs - (clock.now() - began))
    await this.#children?.close(drain)
    // Hooks run one at a time: `stopped` must not run beside one that hangs.
    if (!landed) return false
    try {
      const releasing = pending(this.#behavior?.stopped?.(reason))
      if (releasing === undefined) return true
      releasing.then(undefined, error => this.#stopFailed(error))
      return await settlesWithin(clock, leftMs, releasing)
    } catch (error) {
      this.#stopFailed(error)
      return true
    }
  }

  #abandon(stopMs: number): void {
    this.#turns?.dropMessage('interrupted')
    this.#overran('stop', stopMs)
    try {
      this.#behavior?.terminate?.()
    } catch (error) {
      this.#stopFailed(error)
    }
  }

  #open(open: boolean): void {
    if (this.#turns !== undefined) this.#turns.open = open
  }

  #overran(step: 'drain' | 'stop', afterMs: number): void {
    this.#kernel.publish({ type: 'overran', path: this.self.path, id: this.self.id, step, afterMs })
  }

  /** What fails because it was told to abort is no news. */
  #stopFailed(error: unknown): void {
    if (error === this.#context.signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError') return
    this.#kernel.publish({ type: 'stop_failed', path: this.self.path, id: this.self.id, error })
  }

  readonly #childEvent = (event: SupervisionEvent): void => {
    try {
      this.#behavior?.childEvent?.(event)
    } catch (error) {
      this.fail(error)
    }
  }
}
