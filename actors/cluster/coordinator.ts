import type { ActorFactory } from '../../src/actor/behavior.js'
import {
  noteTakeoverFailed,
  type ExitReason,
  type Identity,
  type LeaseDeadline,
  type Reading,
} from '../../src/cluster/self.js'
import { pace } from '../../src/cluster/timers.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { MillraceError } from '../../src/core/error.js'
import type { Clock } from '../../src/ports/clock.js'
import type { LogClient } from '../../src/ports/log.js'
import type { Logger } from '../../src/ports/logger.js'
import type { ClusterCommand, ConfigAnswer } from '../config-command.js'
import type { Coordination } from '../coordinator.js'
import type { Provided } from '../provided.js'
import type { NodeStores } from '../stores.js'
import type { ConnectorWork } from '../work.js'
import { AlertLog } from './alert-log.js'
import { CommandDesk } from './command-desk.js'
import { Confirmations } from './confirmations.js'
import type { CoordinationTopic } from './coordination-topic.js'
import { EpochRequests } from './epoch-requests.js'
import { LeaderDesk, type OwnOffsetsChange } from './leader-desk.js'
import { ClusterMember, type MemberEffects, type OlderState } from './member.js'
import type { ClusterMessage } from './messages.js'
import { NextLook } from './next-look.js'
import { exitError, leave } from './leaving.js'
import { clusterHealth, clusterOverview, type OverviewParts } from './overview.js'
import { ownId } from './owned-works.js'
import { followCoordination } from './reading.js'
import { refuseTaken, topicsTaken } from './topics-taken.js'
import { WorkLink } from './work-link.js'

export interface ClusterCoordinatorParts {
  readonly identity: Identity
  readonly group: string
  readonly expectedNodes?: number
  /** Opened in each life anew. */
  readonly openTopic: () => { readonly topic: CoordinationTopic; readonly log: LogClient; close(): Promise<void> }
  readonly stores: Provided<NodeStores>
  readonly provided: Provided<Coordination>
  readonly clock: Clock
  readonly logger: Logger
  /** `task.shutdown.graceful.timeout.ms`. */
  readonly gracefulMs: number
  readonly isExactlyOnce: (config: RawConfig) => boolean
  /** Takes the transactional id of a task from whoever has it. */
  readonly fenceId: (connector: string, task: number) => Promise<void>
  readonly writeOwnOffsets: (change: OwnOffsetsChange) => Promise<void>
  /** Loads the task threads: a peer's tasks may have to go on here at any moment. Harmless when they are. */
  readonly warmThreads: () => void
  /** Where the task threads look whether they may act (I3). */
  readonly setLease: (deadline: LeaseDeadline) => void
  /** Somebody has set the level of a logger on every node. */
  readonly onLogLevel: (logger: string, level: string) => void
  /** This process has no place in the cluster any more, and must end. */
  readonly onExit: (reason: MillraceError) => void
}

/** How often the leader looks for what stale owners left behind. */
const repairMs = 10_000
/** How often this node looks whether there is something to warn of. */
const alertMs = 1_000
/** A little longer than a command is worth carrying out, so that its own error is told. */
const requestMs = 100_000
/** A beat comes back within a lease, or the lease is over. */
const confirmMs = 30_000
const over: LeaseDeadline = { monotonic: -Infinity, wall: -Infinity }

/**
 * Decides with its peers what this node runs: reads, folds and writes the coordination topic, and does the leader's duties
 * when it is elected. Whatever it knows is in the log; a new life reads it anew and joins as a new member.
 */
export function clusterCoordinator(parts: ClusterCoordinatorParts): ActorFactory<ClusterMessage> {
  return context => {
    const { clock, logger, identity } = parts
    const opened = parts.openTopic()
    const { topic } = opened
    const stores = parts.stores.get() as Required<NodeStores>
    const { configs, statuses, offsets } = stores
    const now = (): Reading => ({ monotonic: clock.now(), wall: clock.wallTime() })
    const tell = (message: ClusterMessage): Promise<void> => context.self.tell(message, { lane: 'control' })
    const desk = new CommandDesk(offset => configs.reached(offset))
    const confirmations = new Confirmations()
    const epochs = new EpochRequests()
    const alerts = new AlertLog(logger)
    const leader = new LeaderDesk({
      stores,
      group: parts.group,
      clock,
      logger,
      onTakeoverFailed: term => void tell({ type: 'takeover-failed', term }),
      onFenced: term => void tell({ type: 'config-fenced', term }),
      fenceId: parts.fenceId,
      writeOwnOffsets: parts.writeOwnOffsets,
      newEpoch: () => epochs.ask(member.self),
      hasTasks: connector => member.hasTasks(connector),
      onSetFenced: (connector, generation) => void tell({ type: 'set-fenced', connector, generation }),
      onOutcome: outcome => void tell({ type: 'carried-out', outcome }),
    })
    const link = new WorkLink(parts.gracefulMs)
    let unsubscribe: (() => void) | undefined
    let again = new AbortController()
    let older: OlderState | undefined
    let reading: Promise<void> | undefined
    /** Set when this life ends: nothing can be awaited any more by message. */
    let leaving = false
    const nextLook = new NextLook(clock, ms => context.once(ms, { type: 'tick' }))
    const changed = new Set<string>()

    const effects: MemberEffects = {
      send: events => topic.send(events),
      lease: parts.setLease,
      publish: connectors => link.assign(worksOf(connectors)),
      awaitEnd(task) {
        // The work supervisor has ended before this actor stops, and no message is taken any more.
        if (leaving) member.ended(task)
        else void link.ended(ownId(task)).then(() => tell({ type: 'ended', task }))
      },
      takeover: term => leader.takeover(term),
      fenceSet: (connector, generation, term) => leader.fenceSet(connector, generation, term),
      execute: (command, term) => leader.execute(command, term),
      restart(ids, quietly) {
        const own = ids.filter(id => member.works.has(id))
        if (own.length > 0) link.restart(own, quietly)
      },
      reload(state) {
        older = state
        again.abort()
      },
      membersChanged({ members, leader, term }) {
        const nodes = [...members.values()].map(({ node }) => node).toSorted()
        logger.log('info', 'The cluster has changed', { nodes, leader: members.get(leader)?.node ?? null, term })
        if (nodes.length > 1) parts.warmThreads()
      },
      exit: reason => exit(reason),
    }
    const member = new ClusterMember({
      identity,
      configs: configs.view,
      desk,
      effects,
      now,
      isExactlyOnce: parts.isExactlyOnce,
    })

    const worksOf = (connectors: Iterable<string>): ReadonlyMap<string, ConnectorWork> =>
      new Map([...connectors].map(name => [name, member.worksOf(name)]))

    const seen = (): OverviewParts => ({
      group: parts.group,
      expected: parts.expectedNodes,
      state: member.state,
      self: member.self,
      silentMs: clock.now() - member.self.readAt,
      wallTime: clock.wallTime(),
    })

    const exit = (reason: ExitReason): void => {
      if (reason !== 'left') parts.onExit(exitError(reason, identity))
    }

    const repair = (): void => {
      const { state, self } = member
      if (state === undefined || state.leader !== self.id || self.around.fencedTerm !== state.term) return
      leader.repair({ term: state.term, offset: state.offset }, of => member.isAssigned(of))
    }

    const act = (): void => {
      const { around } = member.self
      around.storesTerm = Math.max(configs.highestTerm, statuses.highestTerm, offsets.highestTerm)
      member.act()
      const leads = member.state?.leader === member.self.id
      if (!leads) leader.stepDown()
      epochs.settle(member.self, leads)
      confirmations.settle(member.self, now())
      nextLook.within(member.restMs)
    }

    const request = (command: ClusterCommand, signal?: AbortSignal): Promise<ConfigAnswer> =>
      context.self.ask(reply => ({ type: 'request', command, reply }), {
        timeoutMs: requestMs,
        ...(signal && { signal }),
      })

    const subscribeToConfigs = (): void => {
      unsubscribe = configs.subscribe(change => {
        if (change.type === 'logger-level') parts.onLogLevel(change.namespace, change.level)
        if (change.type === 'term-begun' && change.cluster !== parts.group)
          parts.onExit(topicsTaken(change.cluster, parts.group))
        if (!('connector' in change)) return
        changed.add(change.connector)
        // Many changes at once are one look. With no room, the next one brings it.
        if (changed.size === 1) context.self.tryTell({ type: 'configs-changed' }, 'control')
      })
    }

    const takeChanges = (): void => {
      member.configsChanged(changed)
      changed.clear()
    }

    return {
      async started() {
        await refuseTaken({ log: opened.log, configs, group: parts.group, clock }, context.signal)
        await topic.open()
        subscribeToConfigs()
        member.self.around.storesReady = true
        member.configsChanged(configs.view.connectors())
        reading = followCoordination(
          {
            topic,
            ttl: member.self.identity.timers.ttl ?? pace.ttl,
            storesTerm: () => member.self.around.storesTerm,
            pauseMs: () => Math.min(250, Math.max(10, member.state?.members.size ?? 0)),
            now,
            clock,
            logger,
            owner: {
              loaded: (state, end) => tell({ type: 'loaded', state, end }),
              expired: () => tell({ type: 'expired' }),
              suffixLost: () => tell({ type: 'suffix-lost' }),
              read: records => tell({ type: 'records', records }),
            },
          },
          () => {
            again = new AbortController()
            const begin = { signal: again.signal, older }
            older = undefined
            return begin
          },
          context.signal,
        )
        nextLook.within(0)
        context.every(repairMs, { type: 'repair' })
        context.every(alertMs, { type: 'look' })
        parts.provided.provide({
          ref: context.self,
          fenced: (id, epoch) => void tell({ type: 'fenced', id, epoch }),
          confirm: (id, epoch) =>
            context.self.ask(reply => ({ type: 'confirm', id, epoch, reply }), { timeoutMs: confirmMs }),
          cluster: () => clusterOverview(seen()),
          rebalances: () => ({ ...member.rebalances.figures(clock.now()), protocol: identity.protocol }),
          request,
          writeOffsets: async (command, signal) => void (await request(command, signal)),
        })
      },
      async receive(message) {
        switch (message.type) {
          case 'loaded':
            member.load(message.state, message.end)
            return act()
          case 'records':
            member.take(message.records)
            return act()
          case 'expired':
            return member.expire()
          case 'suffix-lost':
            member.loseSuffix()
            return act()
          case 'fenced':
            member.fenced(member.keyOfTask(message.id), message.epoch)
            return act()
          case 'repair':
            return repair()
          case 'look':
            return alerts.look(clusterHealth(seen()).alerts)
          case 'tick':
            nextLook.over()
            return act()
          case 'configs-changed':
            takeChanges()
            return act()
          case 'subscribe':
            return link.begin(message.to, worksOf(member.works.connectors()))
          case 'relay':
            takeChanges()
            act()
            return link.relay(message.message)
          case 'request':
            desk.ask(message.command, message.reply)
            return act()
          case 'ended':
            member.ended(message.task)
            return act()
          case 'takeover-failed':
            noteTakeoverFailed(member.self, message.term)
            return act()
          case 'config-fenced':
            member.self.around.fencedTerm = message.term
            return act()
          case 'set-fenced':
            member.setFenced(message.connector, message.generation)
            return act()
          case 'carried-out':
            member.carriedOut(message.outcome)
            return act()
          case 'confirm':
            confirmations.ask(member.self, member.keyOfTask(message.id), message.epoch, message.reply)
            return act()
        }
      },
      async stopped() {
        parts.provided.withdraw()
        unsubscribe?.()
        leaving = true
        await reading
        await leave(member, topic, clock, now)
        parts.setLease(over)
        epochs.close()
        desk.close(new MillraceError('node.starting', 'The node leaves the cluster.', { disposition: 'retry' }))
        await leader.close()
        await opened.close()
      },
    }
  }
}
