import type { ClusterEvent, ClusterRecord, TaskKey } from '../../src/cluster/events.js'
import { fold as clusterFold, type Fold } from '../../src/cluster/fold.js'
import { connectorNamed, emptyState, type ClusterState, type Task } from '../../src/cluster/state.js'
import { keyOf } from '../../src/cluster/events.js'

/** A log written by hand, and the state that a fold makes of it. */
export class History {
  readonly state: ClusterState = emptyState()
  readonly records: ClusterRecord[] = []
  /** The broker's clock. */
  clock = 1_700_000_000_000
  #version = 0

  constructor(readonly fold: Fold = clusterFold) {}

  /** Whether the fold took it. */
  add(event: ClusterEvent | undefined, after = 10): boolean {
    this.clock += after
    const record = { offset: this.records.length, timestamp: this.clock, event }
    this.records.push(record)
    return this.fold(this.state, record)
  }

  /** The member's id; ready unless told otherwise. */
  join(node: string, { incarnation = `${node}-1`, ttl = 3_500, fingerprint = 'f', ready = true } = {}): number {
    this.add({ type: 'join', incarnation, node, url: `http://${node}`, release: '1', ttl, fingerprint })
    const id = this.records.length
    if (ready) this.beat(id, { ready: true, ttl })
    return id
  }

  beat(member: number, { ready = true, ttl = 3_500, after = 10, seq = 1 } = {}): boolean {
    return this.add({ type: 'beat', member, seq, ttl, ready }, after)
  }

  /** Beats of these members every 500 ms. */
  beats(members: readonly number[], ms: number): void {
    for (let passed = 0; passed < ms; passed += 500)
      for (const [at, member] of members.entries()) this.beat(member, { after: at === 0 ? 500 : 0 })
  }

  claim(member: number, term = this.state.term + 1): boolean {
    return this.add({ type: 'claim', member, term })
  }

  /** An assign by the leader of now, unless told otherwise. */
  assign(
    ops: (ClusterEvent & { type: 'assign' })['ops'],
    by: Partial<ClusterEvent & { type: 'assign' }> = {},
  ): boolean {
    const { leader, term, version } = this.state
    this.#version = by.version ?? version + 1
    return this.add({ type: 'assign', member: leader, term, ops, ...by, version: this.#version })
  }

  /** Tasks 0 to `count` - 1 of connector c, with its instance. */
  define(count: number, connector = 'c'): void {
    this.assign([
      { op: 'plan', connector, generation: 1, taskCount: count, topics: [] },
      ...Array.from({ length: count + 1 }, (_, at) => ({ op: 'def' as const, connector, task: at - 1 })),
    ])
  }

  grant(task: TaskKey, member: number, by: Partial<ClusterEvent & { type: 'assign' }> = {}): boolean {
    return this.assign([{ op: 'grant', task, member }], by)
  }

  key(number: number, connector = 'c'): TaskKey {
    return keyOf(connectorNamed(this.state, connector)!.number, number)
  }

  task(number: number, connector = 'c'): Task {
    return this.state.tasks.get(this.key(number, connector))!
  }

  alive(member: number): boolean {
    return this.state.members.has(member)
  }
}
