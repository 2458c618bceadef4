import {
  commandKey,
  instanceNumber,
  keyOf,
  type ClusterEvent,
  type ClusterRecord,
  type TaskKey,
} from '../../src/cluster/events.js'
import { decide } from '../../src/cluster/decide.js'
import { fold } from '../../src/cluster/fold.js'
import { adopt, observe, voidLease } from '../../src/cluster/observe.js'
import { unpackBody } from '../../src/cluster/packing.js'
import { restMs } from '../../src/cluster/rest.js'
import {
  newSelf,
  noteFenced,
  noteReply,
  noteStopped,
  type Action,
  type ExitReason,
  type Identity,
  type LeaseDeadline,
  type OwnTask,
  type Reading,
  type Self,
} from '../../src/cluster/self.js'
import { connectorNamed, type Command, type ClusterState } from '../../src/cluster/state.js'
import type { Epoch } from '../../src/core/epoch.js'
import type { TaskId } from '../../src/core/offset.js'
import type { RawConfig } from '../../src/core/config/field.js'
import type { StatusSubject } from '../../src/stores/status-fold.js'
import type { ConfigView } from '../../src/stores/config-store.js'
import type { ConfigCommand } from '../config-command.js'
import type { ConnectorWork } from '../work.js'
import type { CommandDesk } from './command-desk.js'
import type { CommandOutcome } from './leader-desk.js'
import { OwnedWorks, ownId } from './owned-works.js'
import { RebalanceWatch } from './rebalance-watch.js'

/** An own state of some time ago, and the offset to fold on from. */
export type OlderState = NonNullable<Extract<Action, { type: 'reload' }>['older']>

/** What a member has done in the world. None of it may throw. */
export interface MemberEffects {
  send(events: readonly ClusterEvent[]): void
  /** Puts the lease where the task threads look (I3). */
  lease(deadline: LeaseDeadline): void
  /** What is to run of these connectors has changed. */
  publish(connectors: ReadonlySet<string>): void
  /** Told that it is to stop: calls `ended` once nothing of it runs. */
  awaitEnd(task: OwnTask): void
  takeover(term: number): void
  /** Fences the transactional ids of all former tasks of a connector, then calls `setFenced`. */
  fenceSet(connector: string, generation: number, term: number): void
  execute(command: Command, term: number): void
  /** Restarts what runs here of these. */
  restart(ids: readonly string[], quietly: boolean): void
  /** The state is not to be trusted any more: from the older one where its place is still in the log, or from the log. */
  reload(older: OlderState | undefined): void
  /** The fold has other members, or another leader, than before. */
  membersChanged(state: ClusterState): void
  exit(reason: ExitReason): void
}

/** This node's part in the cluster: it folds what it reads, decides, and has its decisions carried out. */
export class ClusterMember {
  readonly self: Self
  readonly works: OwnedWorks
  readonly rebalances = new RebalanceWatch()
  state: ClusterState | undefined
  readonly #configs: ConfigView
  readonly #desk: CommandDesk
  readonly #effects: MemberEffects
  readonly #now: () => Reading
  readonly #isExactlyOnce: (config: RawConfig) => boolean
  /** Granted, and the configurations that the grant is about have not been read yet. */
  readonly #waiting = new Map<string, OwnTask>()
  /** Nothing is decided before everything below this offset has been folded. */
  #decideFrom = 0
  readonly #changed = new Set<string>()

  constructor(parts: {
    readonly identity: Identity
    readonly configs: ConfigView
    readonly desk: CommandDesk
    readonly effects: MemberEffects
    readonly now: () => Reading
    /** Whether its tasks have transactional ids, which must be fenced between two sets of them. */
    readonly isExactlyOnce: (config: RawConfig) => boolean
  }) {
    this.self = newSelf(parts.identity, parts.now())
    this.works = new OwnedWorks(parts.configs)
    this.#configs = parts.configs
    this.#desk = parts.desk
    this.#effects = parts.effects
    this.#now = parts.now
    this.#isExactlyOnce = parts.isExactlyOnce
  }

  /** A first state, or a new one: what follows is folded from it. */
  load(state: ClusterState, end: number): void {
    this.state = state
    this.#decideFrom = end
    adopt(this.self, state, this.#now())
    this.#caughtUp(state)
  }

  /** The position is not in the log any more: what came since is not known, so no lease, and a new state. */
  expire(): void {
    voidLease(this.self)
    this.#effects.lease(this.self.lease)
    this.state = undefined
  }

  /** The log has lost what was read from it (cluster protocol §9): the next decision is to reload. */
  loseSuffix(): void {
    this.self.diverged = true
  }

  /** What a task writes is ignored, though the state says that this node owns it. */
  fenced(task: TaskKey, epoch: Epoch): void {
    noteFenced(this.self, task, epoch)
  }

  /** Folds what was read, in order. */
  take(records: readonly ClusterRecord[]): void {
    const { state, self } = this
    if (state === undefined) return
    for (const record of records) {
      const { event } = record
      const command = event?.type === 'reply' ? state.commands.get(commandKey(event.id)) : undefined
      const { leader } = state
      const { size } = state.members
      const accepted = fold(state, record)
      if (state.leader !== leader || state.members.size !== size) this.#effects.membersChanged(state)
      observe(self, state, record, accepted, this.#now())
      if (!accepted || event?.type !== 'reply') continue
      this.#desk.answered(event)
      if (command !== undefined && event.status === 200) this.#applied(command)
    }
    if (records.length === 0) return
    this.#caughtUp(state)
    // What is past is no rebalance of this node's time.
    if (this.#decideFrom === 0) this.rebalances.look(state, this.#now().monotonic)
  }

  /** Decides, and has carried out what follows. */
  act(): void {
    const { state, self } = this
    const now = this.#now()
    if (state === undefined || state.offset + 1 < this.#decideFrom) return
    const events: ClusterEvent[] = []
    for (const action of decide(state, self, now)) this.#carryOut(action, events)
    if (self.id !== 0) events.push(...this.#desk.due(state, self, now))
    this.#effects.send(events)
    this.#startReady(state)
    this.#publishChanged()
  }

  /** For how long, ms, only what is read or what happens here can bring something to decide; 0: it waits for something. */
  get restMs(): number {
    const { state } = this
    if (state === undefined || this.#waiting.size > 0 || this.#desk.isWaiting) return 0
    return restMs(state, this.self, this.#now())
  }

  /** The config topic changed what is wanted of these connectors. */
  configsChanged(connectors: Iterable<string>): void {
    const { around } = this.self
    around.configOffset = this.#configs.offset
    around.want = this.#configs.connectors().map(name => {
      const entry = this.#configs.connector(name)!
      return {
        name,
        generation: entry.tasksOffset,
        taskCount: entry.tasks.length,
        topics: [],
        exactlyOnce: this.#isExactlyOnce(entry.config),
      }
    })
    for (const name of connectors) this.#changed.add(name)
  }

  setFenced(connector: string, generation: number): void {
    this.self.around.fencedSets.set(connector, generation)
  }

  ended(own: OwnTask): void {
    noteStopped(this.self, own.task, own.epoch)
  }

  carriedOut({ term, id, ...reply }: CommandOutcome): void {
    noteReply(this.self, term, id, reply)
  }

  /** Whether the cluster has it: it runs, is to run, or is still being stopped. */
  isAssigned(of: StatusSubject): boolean {
    const { state } = this
    const connector = state && connectorNamed(state, of.connector)
    return connector !== undefined && state!.tasks.has(keyOf(connector.number, 'task' in of ? of.task : instanceNumber))
  }

  /** -1 where the cluster does not know it. */
  keyOfTask({ connector, task }: TaskId): TaskKey {
    const number = this.state && connectorNamed(this.state, connector)?.number
    return number === undefined ? -1 : keyOf(number, task)
  }

  /** Whether any task of the connector has an owner, or is to have one. */
  hasTasks(name: string): boolean {
    const { state } = this
    if (state === undefined) return false
    return [...state.tasks.values()].some(({ connector, number }) => connector === name && number >= 0)
  }

  /** What is to run here of a connector. */
  worksOf(connector: string): ConnectorWork {
    return this.works.of(connector)
  }

  #caughtUp(state: ClusterState): void {
    if (this.#decideFrom === 0 || state.offset + 1 < this.#decideFrom) return
    this.#decideFrom = 0
  }

  #carryOut(action: Action, events: ClusterEvent[]): void {
    switch (action.type) {
      case 'send':
        events.push(action.event)
        return
      case 'start':
        this.#waiting.set(ownId(action.task), action.task)
        return
      case 'stop':
        return this.#stop(action.task)
      case 'lease':
        return this.#effects.lease(action.lease)
      case 'takeover':
        return this.#effects.takeover(action.term)
      case 'fence':
        return this.#effects.fenceSet(action.connector, action.generation, this.self.leader.term)
      case 'execute':
        return this.#effects.execute(action.command, action.term)
      case 'reload':
        this.state = undefined
        return this.#effects.reload(action.older)
      case 'exit':
        return this.#effects.exit(action.reason)
    }
  }

  #stop(own: OwnTask): void {
    if (this.#waiting.get(ownId(own)) === own) {
      this.#waiting.delete(ownId(own))
      noteStopped(this.self, own.task, own.epoch)
      return
    }
    this.works.remove(own)
    this.#changed.add(own.connector)
    // First that it is to stop, then the question when it has.
    this.#publishChanged()
    this.#effects.awaitEnd(own)
  }

  #startReady(state: ClusterState): void {
    for (const [id, own] of this.#waiting) {
      if (!this.works.isKnown(own, connectorNamed(state, own.connector)?.plan?.generation ?? -1)) continue
      this.#waiting.delete(id)
      this.works.add(own)
      this.#changed.add(own.connector)
    }
  }

  #publishChanged(): void {
    if (this.#changed.size === 0) return
    const changed = new Set(this.#changed)
    this.#changed.clear()
    this.#effects.publish(changed)
  }

  /** A command that every node has a part in has been accepted by the leader. */
  #applied({ op, body }: Command): void {
    if (op !== ('restart' satisfies ConfigCommand['type'])) return
    const { ids, quietly } = unpackBody(body) as Extract<ConfigCommand, { type: 'restart' }>
    this.#effects.restart(ids, quietly)
  }
}
