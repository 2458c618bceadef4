import type { InsertMode } from '../dialect.js'
import { keyText, type Row } from './rows.js'
import type { Target, TargetTable } from './table.js'

/** Rows of one table with the same columns, in the order in which they may be written: deletes and writes of different keys do not disturb one another. */
export interface Group {
  readonly table: TargetTable
  readonly targets: readonly Target[]
  readonly keys: number
  readonly rows: readonly Row[]
}

/**
 * Collects the rows of a batch. Where rows are found by a key the last of each key counts, so that the order within a statement
 * does not matter and no key comes twice in one; the earlier ones are kept in case the last is refused.
 */
export class BatchRows {
  readonly #groups: { group: Omit<Group, 'rows'>; rows: Map<string, Row> | Row[] }[] = []
  readonly #lastWins: boolean

  constructor(mode: InsertMode) {
    // Two inserts of one key are a mistake that the database shall see.
    this.#lastWins = mode !== 'insert'
  }

  add(group: Omit<Group, 'rows'>, row: Omit<Row, 'before'>): void {
    const open = this.#open(group, row.remove)
    if (Array.isArray(open)) return void open.push({ ...row, before: undefined })
    const key = keyText(row.params, group.keys)
    const before = open.get(key)
    // As it came last, it is written last.
    if (before !== undefined) open.delete(key)
    open.set(key, { ...row, before })
  }

  groups(): readonly Group[] {
    return this.#groups.map(({ group, rows }) => ({ ...group, rows: Array.isArray(rows) ? rows : [...rows.values()] }))
  }

  /** The latest group of the table goes on while the columns are the same; deletes have the keys alone and go with any. */
  #open(group: Omit<Group, 'rows'>, remove: boolean): Map<string, Row> | Row[] {
    const last = this.#groups.findLast(({ group: { table } }) => table === group.table)
    if (last !== undefined && sameColumns(last.group, group)) {
      const { rows } = last
      if (!Array.isArray(rows) || rows.at(-1)?.remove === remove) {
        if (group.targets.length > last.group.targets.length) last.group = group
        return rows
      }
    }
    const rows = group.keys > 0 && this.#lastWins ? new Map<string, Row>() : []
    this.#groups.push({ group, rows })
    return rows
  }
}

function sameColumns(a: Omit<Group, 'rows'>, b: Omit<Group, 'rows'>): boolean {
  if (a.targets === b.targets) return true
  const onlyKeys = a.targets.length === a.keys || b.targets.length === b.keys
  const count = onlyKeys ? a.keys : Math.max(a.targets.length, b.targets.length)
  if (a.keys !== b.keys) return false
  for (let at = 0; at < count; at++) if (a.targets[at]?.column.name !== b.targets[at]?.column.name) return false
  return true
}
