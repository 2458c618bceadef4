import { decide } from '../../../src/cluster/decide.js'
import { fold } from '../../../src/cluster/fold.js'
import { observe } from '../../../src/cluster/observe.js'
import { commandKey } from '../../../src/cluster/events.js'
import { commandExpiry } from '../../../src/cluster/membership.js'
import type { Identity, OwnTask } from '../../../src/cluster/self.js'
import { sinkPartitions } from '../../../src/cluster/sink-assignment.js'
import { connectorNamed } from '../../../src/cluster/state.js'
import { partitionKey } from '../../../src/core/offset.js'
import { Chance } from './chance.js'
import { ConfigLeader } from './config-leader.js'
import { ConfigTopic } from './config-topic.js'
import { CoordinationLog } from './coordination-log.js'
import { OffsetsTopic } from './offsets-topic.js'
import { Process, type Protocol, type Surface } from './process.js'
import { TaskRun } from './task-run.js'
import { Timeline } from './timeline.js'
import { Transactions } from './transactions.js'
import { Wanted } from './wanted.js'

export const production: Protocol = { fold, observe, decide }

export interface WorldOptions {
  readonly seed: number
  readonly protocol?: Protocol
  readonly identity?: Partial<Identity>
}

/** All processes, the topics between them, and the watch over I2, I3 and I4. */
export class World {
  readonly timeline = new Timeline()
  readonly chance: Chance
  readonly log: CoordinationLog
  readonly offsets: OffsetsTopic
  readonly transactions: Transactions
  readonly wanted: Wanted
  readonly violations: string[] = []
  /** All processes that ever were and still run. */
  processes: Process[] = []
  runs: TaskRun[] = []
  /** I3 is not promised until then: the log has lost records. */
  overlapAllowedUntil = 0
  /** Called when a process has become leader, before it has worked. */
  onTakeover: (process: Process) => void = () => {}
  onExit: (process: Process) => void = () => {}
  starts = 0
  /** Processes that are about to start. */
  pendingStarts = 0
  readonly #protocol: Protocol
  readonly #identity: Partial<Identity>
  readonly #holders = new Map<string, Set<TaskRun>>()
  readonly config: ConfigTopic
  readonly #leaders = new Map<Process, ConfigLeader>()
  #commands = 0

  constructor({ seed, protocol = production, identity = {} }: WorldOptions) {
    this.chance = new Chance(seed)
    this.#protocol = protocol
    this.#identity = identity
    this.log = new CoordinationLog(this.timeline, this.chance)
    const violation = (what: string) => {
      this.violate(what)
    }
    this.offsets = new OffsetsTopic(this.timeline, this.chance, () => this.log.trouble, violation)
    this.transactions = new Transactions(violation)
    this.config = new ConfigTopic(this.timeline, this.chance, () => this.log.trouble, violation)
    this.wanted = new Wanted(this.chance)
  }

  violate(what: string): void {
    this.violations.push(`${Math.round(this.timeline.now)} ms: ${what}`)
  }

  start(node: string, of: Partial<Identity> = {}): Process {
    const identity: Identity = {
      node,
      url: `http://${node}:8083`,
      release: '1.0.0',
      fingerprint: 'f00d',
      entropy: Math.floor(this.chance.next() * 2 ** 32)
        .toString(16)
        .padStart(12, '0'),
      timers: { heartbeat: 500 },
      maxHold: 300_000,
      protocol: 'cooperative',
      ...this.#identity,
      ...of,
    }
    const process = new Process(this.log, this.#protocol, this.#surface(), identity, this.chance.between(0.91, 1.09))
    this.processes.push(process)
    const since = this.timeline.now + this.chance.between(0, 500)
    process.self.around.storesReady = false
    this.timeline.at(since, () => {
      process.self.around.storesReady = true
    })
    return process
  }

  kill(process: Process): void {
    process.kill()
    this.#forget(process)
  }

  get live(): Process[] {
    return this.processes.filter(process => process.alive)
  }

  #forget(process: Process): void {
    this.processes = this.processes.filter(each => each !== process)
    this.runs = this.runs.filter(run => run.process !== process)
    this.#leaders.delete(process)
  }

  #surface(): Surface {
    return {
      started: (process, task) => {
        this.#startRun(process, task)
      },
      leaseChanged: process => {
        for (const run of this.runs) if (run.process === process) this.#watch(run)
      },
      exited: process => {
        this.#forget(process)
        this.onExit(process)
      },
      tookOver: (process, term) => {
        this.onTakeover(process)
        this.#configLeader(process).takeOver(term)
      },
      fence: (process, connector, generation) => {
        this.timeline.after(this.chance.between(1, 50), () => {
          if (!process.alive) return
          for (let task = 0; task < 8; task++) this.transactions.initialise(`${connector}-${task}`)
          process.self.around.fencedSets.set(connector, generation)
        })
      },
      refresh: process => {
        const { around } = process.self
        around.configOffset = this.wanted.offset
        around.want = this.wanted.connectors
        const leader = this.#configLeader(process)
        leader.turn()
        around.storesTerm = Math.max(this.offsets.fence.highestTerm, leader.reader.fence.term)
      },
      execute: (process, { command, term }) => {
        this.#configLeader(process).execute(command, term)
      },
    }
  }

  #configLeader(process: Process): ConfigLeader {
    const leader = this.#leaders.get(process) ?? new ConfigLeader(process, this.config)
    this.#leaders.set(process, leader)
    return leader
  }

  /** A request that reaches this process; it sends the command again while it does not see it. */
  request(process: Process): void {
    const { state, self } = process
    if (!state || self.id === 0) return
    const id = { member: self.id, seq: ++this.#commands }
    const expires = Math.floor(commandExpiry(state, self, process.reading()))
    const op = `connector-${this.chance.integer(1, 3)}`
    const send = (times: number) => {
      if (!process.alive || times === 0) return
      const key = commandKey(id)
      if (process.state?.commands.has(key) || process.state?.answered.has(key)) return
      if (!process.standsStill) process.send({ type: 'command', id, op, body: new Uint8Array([1]), expires })
      this.timeline.after(1_000, () => {
        send(times - 1)
      })
    }
    send(20)
  }

  #startRun(process: Process, own: OwnTask): void {
    this.starts++
    const connector = this.wanted.kinds.get(own.connector)
    const count = connectorNamed(process.state!, own.connector)!.plan!.taskCount
    const partitions =
      own.number < 0
        ? []
        : Array.from({ length: connector?.partitions ?? 0 }, (_, p) => p).filter(p => p % count === own.number)
    this.runs = this.runs.filter(run => run.running)
    const run = new TaskRun(process, own, partitions, connector?.exactlyOnce ?? false, this)
    this.runs.push(run)
    this.#watch(run)
  }

  /** I3: at each start and each renewal nobody else may act for the same task, or the same partition. */
  #watch(run: TaskRun): void {
    if (!run.active) return
    for (const resource of this.resources(run)) {
      const holders = this.#holders.get(resource) ?? new Set<TaskRun>()
      this.#holders.set(resource, holders)
      for (const other of holders) {
        if (!other.running) holders.delete(other)
        else if (other !== run && other.active && this.timeline.now >= this.overlapAllowedUntil)
          this.violate(
            `I3: ${resource} is run by ${run.process.name} (${run.process.serial}) and ${other.process.name} (${other.process.serial})`,
          )
      }
      holders.add(run)
    }
  }

  resources(run: TaskRun): string[] {
    const { connector, number } = run.own
    const own = [
      `task ${connector}-${number}`,
      ...run.partitions.map(partition => `partition ${connector}/${partition}`),
    ]
    const plan = number < 0 ? undefined : run.process.state && connectorNamed(run.process.state, connector)?.plan
    if (!plan || !run.process.state?.tasks.has(run.own.task)) return own
    return [...own, ...sinkPartitions(plan.topics, number, plan.taskCount).map(of => `partition ${partitionKey(of)}`)]
  }
}
