export type { ActorContext, ActorFactory, Behavior, CancelTimer, Outcome, StopReason } from './behavior.js'
export type { ActorEvent, ActorListener, RestartCause, SupervisionEvent, UndeliveredWhy } from './event.js'
export type { ActorRef, AnyRef, AskOptions, Lane, Reply, TellOptions } from './ref.js'
export type { ActorSnapshot, ActorState, LaneSnapshot } from './snapshot.js'
export {
  defaultBackoff,
  defaultMailbox,
  defaultSupervision,
  type AnyChildSpec,
  type Backoff,
  type Budget,
  type ChildSpec,
  type Intensity,
  type MailboxBounds,
  type RestartPolicy,
  type Shutdown,
  type SupervisionPolicy,
} from './spec.js'
export { supervisor, type SupervisorMessage } from './supervisor.js'
export { createActorSystem, type ActorSystem, type ActorSystemOptions } from './system.js'
