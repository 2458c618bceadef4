import type { OffsetMap } from 'millrace/plugin'
import { t } from 'millrace/plugin'
import { decodeJavaKey, encodeJavaKey, type JavaKey } from './java-keys.js'
import { expanded, type SignalCondition } from './signals.js'

/** A table that waits for an incremental snapshot, or has it now. */
export interface Collection {
  /** `schema.table` or `db.table`. */
  readonly id: string
  /** SQL, in parentheses. */
  readonly condition: string | undefined
  /** A column to go by in place of the primary key. */
  readonly surrogateKey: string | undefined
}

/** How far an incremental snapshot is. Without collections none runs. */
export interface IncrementalState {
  /** The first is being read. */
  readonly collections: readonly Collection[]
  /** Of the last row that was handed on. */
  readonly sentKey: JavaKey | undefined
  /** Where the next chunk begins: after this key. */
  readonly endKey: JavaKey | undefined
  /** Of the table when its reading began: rows beyond it come by the stream. */
  readonly maximumKey: JavaKey | undefined
  /** Of the latest signal that asked for tables. */
  readonly correlationId: string | undefined
  readonly isPaused: boolean
  /** What signals have asked to stop; done before the next chunk is read. */
  readonly toStop: readonly string[]
}

/** The fields of an offset in which Debezium keeps it. */
export const incrementalShape = {
  incremental_snapshot_collections: t.string.orAbsent,
  incremental_snapshot_primary_key: t.string.orAbsent,
  incremental_snapshot_maximum_key: t.string.orAbsent,
  incremental_snapshot_correlation_id: t.string.orAbsent,
} as const
export type IncrementalFields = {
  readonly [name in keyof typeof incrementalShape]?: string
}

export const idle: IncrementalState = {
  collections: [],
  sentKey: undefined,
  endKey: undefined,
  maximumKey: undefined,
  correlationId: undefined,
  isPaused: false,
  toStop: [],
}

export function isRunning({ collections }: IncrementalState): boolean {
  return collections.length > 0
}

/** Nothing where none runs. */
export function toOffset(state: IncrementalState): IncrementalFields {
  if (!isRunning(state)) return {}
  return {
    incremental_snapshot_primary_key: encodeJavaKey(state.sentKey),
    incremental_snapshot_maximum_key: encodeJavaKey(state.maximumKey),
    incremental_snapshot_collections: JSON.stringify(
      state.collections.map(({ id, condition, surrogateKey }) => ({
        incremental_snapshot_collections_id: id,
        incremental_snapshot_collections_additional_condition: condition ?? null,
        incremental_snapshot_collections_surrogate_key: surrogateKey ?? null,
      })),
    ),
    ...(state.correlationId !== undefined && { incremental_snapshot_correlation_id: state.correlationId }),
  }
}

/** An offset without those fields. */
export function withoutIncremental<O extends OffsetMap>(offset: O): O {
  if (offset['incremental_snapshot_collections'] === undefined) return offset
  const kept = Object.entries(offset).filter(([name]) => !(name in incrementalShape))
  return Object.fromEntries(kept) as O
}

/** `problem`: keys that cannot be read; the first table is read from its beginning then, so that nothing is missed. */
export function fromOffset(fields: IncrementalFields): { readonly state: IncrementalState; readonly problem?: string } {
  const text = fields.incremental_snapshot_collections
  if (text === undefined) return { state: idle }
  const collections = collectionsOf(text)
  if (collections === undefined)
    return { state: idle, problem: '"incremental_snapshot_collections" is no list of tables' }
  const state = { ...idle, collections, correlationId: fields.incremental_snapshot_correlation_id }
  try {
    const of = (hex: string | undefined): JavaKey | undefined => (hex === undefined ? undefined : decodeJavaKey(hex))
    const endKey = of(fields.incremental_snapshot_primary_key)
    return {
      state: { ...state, endKey, sentKey: endKey, maximumKey: of(fields.incremental_snapshot_maximum_key) },
    }
  } catch (error) {
    return { state, problem: error instanceof Error ? error.message : String(error) }
  }
}

function collectionsOf(text: string): readonly Collection[] | undefined {
  try {
    const parsed = JSON.parse(text) as unknown
    if (!Array.isArray(parsed)) return undefined
    const all = (parsed as readonly Readonly<Record<string, unknown>>[]).map(one => ({
      id: one['incremental_snapshot_collections_id'],
      condition: textOf(one['incremental_snapshot_collections_additional_condition']),
      surrogateKey: textOf(one['incremental_snapshot_collections_surrogate_key']),
    }))
    return all.every((one): one is Collection => typeof one.id === 'string') ? all : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** With the tables that a signal asks for behind those that wait. */
export function asked(
  state: IncrementalState,
  signal: { readonly collections: readonly string[]; readonly conditions: readonly SignalCondition[] } & {
    readonly surrogateKey: string | undefined
  },
  known: readonly string[],
  correlationId: string,
): IncrementalState {
  const added = expanded(signal.collections, known).map(id => ({
    id,
    condition: conditionFor(id, signal.conditions),
    surrogateKey: signal.surrogateKey,
  }))
  return { ...state, collections: [...state.collections, ...added], correlationId }
}

/** The first filter whose tables match, in parentheses. */
export function conditionFor(id: string, conditions: readonly SignalCondition[]): string | undefined {
  const filter = conditions.find(({ tables }) => tables.test(id))?.filter
  return filter === undefined || filter.trim() === '' ? undefined : `(${filter})`
}

/** The chunk up to this key was read. */
export function chunkRead(state: IncrementalState, endKey: JavaKey): IncrementalState {
  return { ...state, endKey }
}

/** What was read and not handed on is to be read again. */
export function reverted(state: IncrementalState): IncrementalState {
  return { ...state, endKey: state.sentKey }
}

/** The first table is done with. */
export function next(state: IncrementalState): IncrementalState {
  const collections = state.collections.slice(1)
  if (collections.length === 0) return idle
  return { ...state, collections, sentKey: undefined, endKey: undefined, maximumKey: undefined }
}

/** What a signal wants to stop; nothing where none runs. */
export function stopping(state: IncrementalState, collections: readonly string[]): IncrementalState {
  if (!isRunning(state)) return state
  return { ...state, toStop: [...state.toStop, ...(collections.length === 0 ? ['.*'] : collections)] }
}

/** Carries out what was to stop: the state without those tables, and their names. */
export function stopped(state: IncrementalState): {
  readonly state: IncrementalState
  readonly stopped: readonly string[]
} {
  const ids = state.collections.map(({ id }) => id)
  const unwanted = new Set(expanded(state.toStop, ids).filter(id => ids.includes(id)))
  const [first, ...waiting] = state.collections
  const rest = waiting.filter(({ id }) => !unwanted.has(id))
  const kept = { ...state, toStop: [] }
  const left: IncrementalState =
    first !== undefined && unwanted.has(first.id)
      ? next({ ...kept, collections: [first, ...rest] })
      : { ...kept, collections: first === undefined ? [] : [first, ...rest] }
  return { state: left, stopped: [...unwanted] }
}
