import type { ClusterEvent, ClusterRecord, FoundEvent, SnapEvent } from './events.js'
import { fold } from './fold.js'
import type { Reading } from './self.js'
import { loadState } from './snapshot.js'
import { emptyState, type ClusterState } from './state.js'
import { pace } from './timers.js'

/** Records at the log's end that are looked through for a snapshot, or a leader's beat that names one. */
const tailRecords = 500

/** The rules of a first state (cluster protocol §7), by name, so that a test can take one out. */
export interface BootstrapRules {
  /** R21: where folding goes on: behind what the snapshot holds, not behind its own records. */
  foldFrom(at: number, lastPart: number): number
  /** R22: whether the log, from its start, is all that ever was. */
  isWhole(start: number): boolean
}

export const bootstrapRules: BootstrapRules = {
  foldFrom: at => at + 1,
  isWhole: start => start === 0,
}

/**
 * Of a node without a state. `take` gets every record that is read from `position` on, in order; `advance` says how to go
 * on. Where `position` is not in the log any more, begin anew.
 */
export interface Bootstrap {
  /** The log's first offset when this began. */
  readonly start: number
  /** Where the tail begins: from there on, this node has seen everything. */
  readonly tail: number
  readonly ttl: number
  /** `tail`, then back to a `snapshot` that was named, then `wait` at the end for one that was asked for. */
  phase: 'tail' | 'snapshot' | 'wait'
  /** The offset to read next. */
  position: number
  /** Where the tail was read to, while reading an older snapshot. */
  tailEnd: number
  snapOffset: number
  parts: SnapEvent[]
  lastPart: number
  state: { readonly state: ClusterState; readonly from: number } | undefined
  /** Offset of the last record that is neither need nor found, and when this node last read such a one (its own clock). */
  lastReal: number
  quietSince: number
  maxTtl: number
  maxTerm: number
  needSentAt: number
  foundSentAt: number
}

export type BootstrapStep =
  /** Read on from `position`, which may be another place than before; call again after 25 ms at the latest. */
  | { readonly type: 'read' }
  | { readonly type: 'send'; readonly event: ClusterEvent }
  /** `adopt` the state and fold what follows, from this offset on. */
  | { readonly type: 'ready'; readonly state: ClusterState; readonly from: number }

/** Begins with the bounds of the log as they are now. `ttl` is this node's own. */
export function newBootstrap(
  bounds: { readonly start: number; readonly end: number },
  ttl: number,
  now: Reading,
): Bootstrap {
  const tail = Math.max(bounds.start, bounds.end - tailRecords)
  return {
    start: bounds.start,
    tail,
    ttl,
    phase: 'tail',
    position: tail,
    tailEnd: bounds.end,
    snapOffset: -1,
    parts: [],
    lastPart: -1,
    state: undefined,
    lastReal: -1,
    quietSince: now.monotonic,
    maxTtl: ttl,
    maxTerm: 0,
    needSentAt: -Infinity,
    foundSentAt: -Infinity,
  }
}

export function take(boot: Bootstrap, record: ClusterRecord, now: Reading, rules = bootstrapRules): void {
  const { offset, event } = record
  boot.position = offset + 1
  if (boot.state && boot.phase !== 'tail') return
  if (event?.type === 'snap') takePart(boot, event, offset, rules)
  if (boot.phase === 'snapshot') return
  if (event?.type === 'found') {
    boot.maxTerm = Math.max(boot.maxTerm, event.term)
    if (isFounded(boot, event)) boot.state = { state: foundedState(record), from: offset + 1 }
    return
  }
  if (event?.type === 'need') return
  boot.lastReal = offset
  boot.quietSince = now.monotonic
  if (event) learn(boot, event)
}

/**
 * Called when everything that could be read has been. `end` is the log's end as last heard; `stores` is undefined until
 * the three stores have been read to their ends, else the highest term in them (R16).
 */
export function advance(
  boot: Bootstrap,
  end: number,
  stores: { readonly term: number } | undefined,
  now: Reading,
  rules = bootstrapRules,
): BootstrapStep {
  // of the tail's snapshots the last, since one that was written before may be of what the log has lost (§9)
  const read = boot.phase !== 'tail' || boot.position >= end
  if (boot.state && read) return { type: 'ready', ...boot.state }
  if (boot.position < (boot.phase === 'snapshot' ? boot.tail : end)) return { type: 'read' }
  if (boot.phase === 'tail' && boot.snapOffset >= boot.start && boot.snapOffset < boot.tail) {
    boot.phase = 'snapshot'
    boot.tailEnd = boot.position
    boot.position = boot.snapOffset
    boot.parts = []
    return { type: 'read' }
  }
  if (boot.phase !== 'wait') {
    // R22: to fold a log whose start is gone, from nothing, would make a second cluster in it
    if (rules.isWhole(boot.start)) return { type: 'ready', state: emptyState(), from: boot.start }
    if (boot.phase === 'snapshot') boot.position = boot.tailEnd
    boot.phase = 'wait'
    boot.parts = []
    return { type: 'read' }
  }
  return wait(boot, stores, now)
}

/** Asks for a snapshot; founds the cluster anew when nobody can be there to write one (R13). */
function wait(boot: Bootstrap, stores: { readonly term: number } | undefined, now: Reading): BootstrapStep {
  const quiet = now.monotonic - boot.quietSince >= 2 * boot.maxTtl
  if (quiet && stores && now.monotonic - boot.foundSentAt >= pace.resend) {
    boot.foundSentAt = now.monotonic
    return { type: 'send', event: { type: 'found', end: boot.position, term: Math.max(boot.maxTerm, stores.term) + 1 } }
  }
  if (now.monotonic - boot.needSentAt >= pace.need) {
    boot.needSentAt = now.monotonic
    return { type: 'send', event: { type: 'need' } }
  }
  return { type: 'read' }
}

/** Parts of one snapshot follow each other, though not without other records between them. */
function takePart(boot: Bootstrap, event: SnapEvent, offset: number, rules: BootstrapRules): void {
  const open = boot.parts.at(-1)
  const follows = open?.member === event.member && open.at === event.at && open.part + 1 === event.part
  if (event.part === 0) boot.parts = [event]
  else if (follows) boot.parts.push(event)
  else return
  if (event.part + 1 < event.parts) return
  const state = loadState(boot.parts.map(({ bytes }) => bytes))
  boot.parts = []
  if (state?.offset !== event.at) return
  boot.maxTerm = Math.max(boot.maxTerm, state.term)
  const from = rules.foldFrom(event.at, offset) // R21
  if (from >= boot.start) boot.state = { state, from }
}

function learn(boot: Bootstrap, event: ClusterEvent): void {
  if (event.type === 'join' || event.type === 'beat') boot.maxTtl = Math.max(boot.maxTtl, event.ttl)
  if (event.type === 'beat' && event.snapOffset !== undefined) boot.snapOffset = event.snapOffset
  if ('term' in event) boot.maxTerm = Math.max(boot.maxTerm, event.term)
}

/** R13, for one who has no state: it has seen everything from the founder's end on, and nothing real was there. */
function isFounded(boot: Bootstrap, event: FoundEvent): boolean {
  return event.end >= boot.tail && event.end > boot.lastReal
}

function foundedState(record: ClusterRecord): ClusterState {
  const state = emptyState()
  fold(state, record)
  return state
}
