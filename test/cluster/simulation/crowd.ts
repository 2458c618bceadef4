import { decide } from '../../../src/cluster/decide.js'
import type { ClusterRecord } from '../../../src/cluster/events.js'
import { fold } from '../../../src/cluster/fold.js'
import { adopt, observe } from '../../../src/cluster/observe.js'
import {
  newSelf,
  noteStopped,
  type Action,
  type Reading,
  type Self,
  type WantedConnector,
} from '../../../src/cluster/self.js'
import { emptyState, type ClusterState } from '../../../src/cluster/state.js'
import { Chance } from './chance.js'
import { CoordinationLog } from './coordination-log.js'
import { Timeline } from './timeline.js'

/** Requests and responses without their records, per fetch. Bytes. */
const fetchOverhead = 140

interface CrowdNode {
  readonly self: Self
  alive: boolean
  inbox: { record: ClusterRecord; accepted: boolean }[]
}

export interface CrowdFigures {
  readonly nodes: number
  readonly tasks: number
  /** From the first start until all tasks run and are balanced, ms. */
  readonly cold: number
  /** What one node reads at rest, with the overhead of its fetches. */
  readonly bytesPerSecond: number
  readonly recordsPerSecond: number
  /** From a crash of so many until every task runs again, ms. */
  readonly crashed: number
  readonly healed: number
  /** Tasks that moved though their owner lived. */
  readonly movedInVain: number
}

/**
 * Very many nodes: they share one fold, so this measures time and traffic, not safety. Each reads at the pace that the
 * protocol gives it.
 */
export class Crowd {
  readonly timeline = new Timeline()
  readonly chance: Chance
  readonly log: CoordinationLog
  readonly state: ClusterState = emptyState()
  nodes: CrowdNode[] = []
  starts = 0
  #want: readonly WantedConnector[] = []
  #folded = 0
  readonly #of = new Map<number, CrowdNode>()

  constructor(seed: number) {
    this.chance = new Chance(seed)
    this.log = new CoordinationLog(this.timeline, this.chance)
    this.#foldOn()
  }

  static measure(nodes: number, tasks: number, crashing: number, seed = 1): CrowdFigures {
    const crowd = new Crowd(seed)
    const { timeline, chance, log } = crowd
    crowd.#want = Array.from({ length: tasks / 10 }, (_, at) => ({
      name: `connector-${at}`,
      generation: 1,
      taskCount: 9,
      topics: [],
      exactlyOnce: false,
    }))
    for (let at = 0; at < nodes; at++) timeline.at(chance.between(0, 2_000), () => crowd.#start(`worker-${at}:8083`))
    timeline.run(120_000, () => crowd.#settled(tasks, nodes))
    const cold = timeline.now
    timeline.run(timeline.now + 5_000)
    const [bytes, end, from] = [log.bytes, log.end, timeline.now]
    timeline.run(from + 20_000)
    const perSecond = (amount: number) => (amount * 1_000) / (timeline.now - from)
    const bytesPerSecond = perSecond(log.bytes - bytes) + (1_000 / crowd.#pace()) * fetchOverhead
    const recordsPerSecond = perSecond(log.end - end)
    const { starts } = crowd
    const crash = timeline.now
    let lost = 0
    for (let at = 0; at < crashing; at++) {
      const node = chance.pick(crowd.nodes.filter(each => each.alive))
      node.alive = false
      lost += node.self.tasks.size
    }
    timeline.run(crash + 120_000, () => crowd.#running(tasks))
    const healed = timeline.now - crash
    const movedInVain = crowd.starts - starts - lost
    return { nodes, tasks, cold, bytesPerSecond, recordsPerSecond, crashed: crashing, healed, movedInVain }
  }

  #reading(): Reading {
    return { monotonic: this.timeline.now, wall: this.timeline.now }
  }

  /** Between two fetches of a node (§10). */
  #pace(): number {
    return Math.min(Math.max(this.nodes.length, 10), 250)
  }

  #start(node: string): void {
    const identity = {
      node,
      url: `http://${node}`,
      release: '1.0.0',
      fingerprint: '0123456789ab',
      entropy: Math.floor(this.chance.next() * 2 ** 48)
        .toString(16)
        .padStart(12, '0'),
      timers: { heartbeat: 500 },
      maxHold: 300_000,
      protocol: 'cooperative',
    } as const
    const self = newSelf(identity, this.#reading())
    self.around.storesReady = true
    self.around.configOffset = 1
    self.around.want = this.#want
    adopt(self, this.state, this.#reading())
    // nothing is lost here, and a thousand of them would measure only this
    self.checkpoints.push({ bytes: new Uint8Array(), at: Infinity })
    const each: CrowdNode = { self, alive: true, inbox: [] }
    this.nodes.push(each)
    this.#tick(each)
  }

  #foldOn(): void {
    for (; this.#folded < this.log.end; this.#folded++) {
      const record = this.log.records[this.#folded]!
      const { leader } = this.state
      const accepted = fold(this.state, record)
      for (const node of this.#readers(record, leader !== this.state.leader)) node.inbox.push({ record, accepted })
    }
    this.timeline.after(5, () => this.#foldOn())
  }

  /** Whom the record concerns: of a beat only its sender and the leader, of anything else all. */
  #readers({ event }: ClusterRecord, all: boolean): readonly CrowdNode[] {
    if (all || (event?.type !== 'beat' && event?.type !== 'snap')) return this.nodes
    const readers = new Set([this.#of.get(event.member), this.#of.get(this.state.leader)])
    return [...readers].filter(node => node !== undefined)
  }

  #tick(node: CrowdNode): void {
    if (!node.alive) return
    const now = this.#reading()
    const { self } = node
    for (const { record, accepted } of node.inbox) observe(self, this.state, record, accepted, now)
    node.inbox = []
    self.readAt = now.monotonic
    if (self.id !== 0) this.#of.set(self.id, node)
    for (const action of decide(this.state, self, now)) this.#perform(node, action)
    const pace = this.state.leader === self.id ? 25 : this.#pace()
    this.timeline.after(this.chance.between(pace * 0.9, pace), () => this.#tick(node))
  }

  #perform({ self }: CrowdNode, action: Action): void {
    if (action.type === 'send') this.log.append(action.event)
    else if (action.type === 'start') this.starts++
    else if (action.type === 'stop')
      this.timeline.after(20, () => {
        noteStopped(self, action.task.task, action.task.epoch)
      })
    else if (action.type === 'takeover')
      this.timeline.after(50, () => {
        self.around.fencedTerm = action.term
      })
  }

  #settled(tasks: number, nodes: number): boolean {
    const { members } = this.state
    if (members.size < nodes || !this.#running(tasks)) return false
    const counts = [...members.values()].map(member => member.tasks.size)
    return Math.max(...counts) - Math.min(...counts) <= 1
  }

  /** Every task has an owner that lives and has started it. */
  #running(tasks: number): boolean {
    if (this.state.tasks.size < tasks) return false
    for (const task of this.state.tasks.values()) {
      const node = this.#of.get(task.owner)
      if (!node?.alive || task.revoking || node.self.tasks.get(task.key)?.epoch.offset !== task.epoch.offset)
        return false
    }
    return true
  }
}
