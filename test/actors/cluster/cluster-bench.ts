import { clusterCoordinator } from '../../../actors/cluster/coordinator.js'
import { CoordinationTopic } from '../../../actors/cluster/coordination-topic.js'
import type { ClusterMessage } from '../../../actors/cluster/messages.js'
import type { ClusterOverview } from '../../../actors/cluster/overview.js'
import type { ConfigCommand } from '../../../actors/config-command.js'
import type { Coordination } from '../../../actors/coordinator.js'
import { Provided } from '../../../actors/provided.js'
import type { NodeStores } from '../../../actors/stores.js'
import type { WorkMessage } from '../../../actors/work-messages.js'
import type { ActorRef } from '../../../src/actor/ref.js'
import { createMemoryLog } from '../../../src/adapters/memory/index.js'
import type { LeaseDeadline } from '../../../src/cluster/self.js'
import type { Logger } from '../../../src/ports/logger.js'
import { ConfigStore } from '../../../src/stores/config-store.js'
import { OffsetStore } from '../../../src/stores/offset-store.js'
import { StatusStore } from '../../../src/stores/status-store.js'
import { CutLine } from './cut-line.js'
import { TestSystem } from '../../../src/testkit/index.js'

export const silent: Logger = { log: () => undefined, child: () => silent }

/** A coordinator over its own connections, and what it has told to run. */
export interface BenchNode {
  /** Ids of the works that run here by its word. */
  readonly running: ReadonlySet<string>
  readonly exits: readonly string[]
  readonly coordination: () => Coordination
  readonly overview: () => ClusterOverview
  /** I3: whether its task threads may act at this moment. */
  readonly mayAct: () => boolean
  request(command: ConfigCommand): Promise<{ readonly created: boolean }>
  /** Nothing that it sends arrives any more, and it reads nothing, as if its machine had gone. */
  cutOff(): void
  /** Its stores can be neither read nor written, until `mendStores`. */
  cutStores(): void
  mendStores(): void
  reconnect(): void
  stop(): Promise<void>
}

/** Several coordinators on one memory log under virtual time. */
export class ClusterBench {
  readonly system = new TestSystem()
  readonly memory = createMemoryLog({ clock: this.system.clock })
  readonly nodes: BenchNode[] = []
  #serial = 0

  async node(name: string, options: { readonly fingerprint?: string } = {}): Promise<BenchNode> {
    const { system } = this
    const serial = ++this.#serial
    const { clock } = system
    const ownLine = new CutLine(this.memory.connect(), clock)
    const dependencies = { log: ownLine, clock, logger: silent }
    const stores: Required<NodeStores> = {
      configs: new ConfigStore(dependencies, { name: 'configs' }, { led: true }),
      statuses: new StatusStore(dependencies, { name: 'statuses', partitions: 1 }),
      offsets: new OffsetStore(dependencies, { name: 'offsets', partitions: 2 }),
    }
    await Promise.all([stores.configs.open(), stores.statuses.open(), stores.offsets.open()])
    const line = new CutLine(this.memory.connect(), clock)
    const provided = new Provided<Coordination>('coordinator')
    const storesProvided = new Provided<NodeStores>('stores')
    storesProvided.provide(stores)
    const exits: string[] = []
    let lease: LeaseDeadline = { monotonic: -Infinity, wall: -Infinity }
    const start = clusterCoordinator({
      identity: {
        node: name,
        url: `http://${name}/`,
        release: '1',
        fingerprint: options.fingerprint ?? 'g configs offsets statuses',
        entropy: `${serial}`,
        timers: { heartbeat: 500 },
        maxHold: 300_000,
        protocol: 'cooperative',
      },
      group: 'g',
      openTopic: () => ({
        topic: new CoordinationTopic({ log: line, topic: '__millrace-g', replicationFactor: 1, clock, logger: silent }),
        log: line,
        close: () => Promise.resolve(),
      }),
      stores: storesProvided,
      provided,
      clock,
      logger: silent,
      gracefulMs: 5_000,
      isExactlyOnce: () => false,
      fenceId: () => Promise.resolve(),
      writeOwnOffsets: () => Promise.reject(new Error('no threads here')),
      warmThreads: () => undefined,
      setLease: deadline => (lease = deadline),
      onLogLevel: () => undefined,
      onExit: reason => exits.push(reason.code),
    })
    let coordinator: ActorRef<ClusterMessage> | undefined
    // A parent, so that one node can be stopped by itself.
    const parent = system.spawn<'stop'>(
      `node-${serial}`,
      context => ({
        started() {
          coordinator = context.spawn({ id: 'coordinator', start, restart: 'temporary', shutdown: { stopMs: 10_000 } })
        },
        receive: () => context.stop(),
      }),
      { shutdown: { stopMs: 20_000 } },
    )
    const byConnector = new Map<string, readonly string[]>()
    const running = new Set<string>()
    const works = system.spawn<WorkMessage>(`works-${serial}`, () => ({
      receive(message) {
        switch (message.type) {
          case 'assigned':
            for (const [connector, work] of message.works) byConnector.set(connector, [...work.keys()])
            running.clear()
            for (const ids of byConnector.values()) for (const id of ids) running.add(id)
            return
          case 'when-ended':
          case 'when-gone':
          case 'ping':
            return message.reply.ok()
          case 'restart':
            return message.reply.ok(0)
          case 'gone':
          case 'forgotten':
          case 'look':
        }
      },
    }))
    await system.advance(50)
    await coordinator!.tell({ type: 'subscribe', to: works }, { lane: 'control' })
    const node: BenchNode = {
      running,
      exits,
      coordination: () => provided.get(),
      overview: () => provided.get().cluster!(),
      mayAct: () => clock.now() < lease.monotonic && clock.wallTime() < lease.wall,
      request: command => provided.get().request(command),
      cutOff: () => line.cut(),
      cutStores: () => ownLine.cut(),
      mendStores: () => ownLine.mend(),
      reconnect: () => line.mend(),
      async stop() {
        let ended = false
        parent.onTerminated(() => (ended = true))
        void parent.tell('stop')
        await system.clock.advanceUntil(() => ended, 60_000)
      },
    }
    this.nodes.push(node)
    return node
  }

  /** Moves time until it holds; fails after a minute. */
  until(condition: () => boolean): Promise<void> {
    return this.system.clock.advanceUntil(condition, 60_000)
  }

  /** Has a request answered, moving time as far as that takes. */
  async answered<T>(request: Promise<T>): Promise<T> {
    let settled = false
    const noted = request.finally(() => (settled = true))
    noted.catch(() => undefined)
    await this.until(() => settled)
    return noted
  }
}
