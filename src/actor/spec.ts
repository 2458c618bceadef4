import type { ActorContext, Behavior } from './behavior.js'

/** `permanent`: always started again; `transient`: only after a failure; `temporary`: never. One that is not started again is forgotten. */
export type RestartPolicy = 'permanent' | 'transient' | 'temporary'

/** The ladder down: drain while `drainMs` lasts (absent: not at all), stop within `stopMs`, then abandon. */
export interface Shutdown {
  /** For the messages already taken and the `stopping` hook. */
  readonly drainMs?: number
  /** For the message in progress and the `stopped` hook; children take their own time. */
  readonly stopMs: number
}

/** More than `max` restarts within `periodMs` are too many. */
export interface Intensity {
  readonly max: number
  readonly periodMs: number
}

/** A child's own intensity, and what follows when it is exceeded: `park` leaves it down until `restartChild`. */
export interface Budget extends Intensity {
  readonly exhausted: 'escalate' | 'park'
}

/** The n-th restart in a row waits `minMs × 2^(n-1)`, at most `maxMs`, less up to `jitter` of it. */
export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
  /** 0 (none) to 1. */
  readonly jitter: number
  /** After running this long, the next restart counts as the first. */
  readonly resetMs: number
}

/** Bounds in messages (I6). */
export interface MailboxBounds {
  readonly control: number
  readonly data: number
  readonly stash: number
}

/** How an actor is started, stopped and restarted by its parent. */
export interface ChildSpec<M> {
  /** Unique among its siblings; may hold slashes (`task/orders-0`). */
  readonly id: string
  /** An `ActorFactory`; called anew for every life. */
  start(context: ActorContext<M>): Behavior<M>
  readonly restart: RestartPolicy
  readonly shutdown: Shutdown
  /** Default: the supervisor's intensity, counted over all its children, exceeded: escalate. */
  readonly budget?: Budget
  /** Default: the supervisor's. */
  readonly backoff?: Backoff
  /** Default: `defaultMailbox`. */
  readonly mailbox?: Partial<MailboxBounds>
}

export type AnyChildSpec = ChildSpec<never>

export interface SupervisionPolicy {
  /** Who restarts when one fails: it alone, all, or it and those that started after it. */
  readonly strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'
  /** For the children without a budget of their own. Exceeded: all children stop, and this actor fails (`actor.escalated`). */
  readonly intensity: Intensity
  readonly backoff: Backoff
  /**
   * `sequential`: each child first starts when those before it have started, and all stop in reverse, one by one.
   * `concurrent`: nobody waits for anybody (one_for_one only; for many children that know nothing of each other).
   */
  readonly order: 'sequential' | 'concurrent'
}

/** Whether what happens to one child can set no other in motion. */
export function areConcurrent({ order, strategy }: SupervisionPolicy): boolean {
  return order === 'concurrent' && strategy === 'one_for_one'
}

export const defaultMailbox: MailboxBounds = { control: 256, data: 1024, stash: 1024 }

export const defaultBackoff: Backoff = { minMs: 100, maxMs: 10_000, jitter: 0.2, resetMs: 60_000 }

/** OTP's: one restart in five seconds. */
export const defaultSupervision: SupervisionPolicy = {
  strategy: 'one_for_one',
  intensity: { max: 1, periodMs: 5_000 },
  backoff: defaultBackoff,
  order: 'sequential',
}
