import { compareMoments, ofMillis, toWall, wallText, type Moment } from '@millrace/relational'
import { fatal } from 'millrace/plugin'
import type { PluginLogger, SourceRecord, Struct } from 'millrace/plugin'
import type { Cell, ResultColumn, ResultRows, Session } from '../connection/session.js'
import type { Dialect, ReadOptions, TableName, TimeKind } from '../dialect.js'
import { int64Of } from '../types/numeric.js'
import { usesNumbers, usesTimestamps, type Mode } from './config.js'
import { offsetOf, type JdbcOffset, type JdbcPartition, type Position } from './offset.js'
import { RowReader } from './row-reader.js'
import { readStatement } from './statement.js'

/** What is read, as far as it is known before anything was. */
export interface ReadTarget {
  /** The bare name, which names the value’s schema too; undefined for a query. */
  readonly table: string | undefined
  /** Undefined for a query. */
  readonly name: TableName | undefined
  /** For messages. */
  readonly shown: string
  readonly topic: string
  readonly partition: JdbcPartition
  /** `SELECT * FROM t`, or the query. */
  readonly select: string
  /** What `select` selects from, to look at columns. */
  readonly from: string
  readonly mode: Mode
  readonly idColumn: string | undefined
  readonly timeColumns: readonly string[]
  readonly quote: (name: string) => string
  readonly suffix: string
  readonly delayMs: number
  /** Where nothing was read before: the time to begin after, or `now`. */
  readonly initialTime: Moment | 'now'
  readonly initialId: number
}

export type JdbcRecord = SourceRecord<JdbcPartition, JdbcOffset>

interface Row {
  readonly value: Struct
  readonly position: Position
}

const epoch: Moment = ofMillis(0)

/** Reads one table or query, again and again, and knows how far it has come. */
export class TableReader {
  readonly target: ReadTarget
  /** When it is to be read next, by `performance.now()`. */
  due = 0
  #position: Position
  #rows: RowReader | undefined
  #timeKinds: readonly TimeKind[] = []
  #hasRead = false

  constructor(target: ReadTarget, position: Position) {
    this.target = target
    this.#position = position
  }

  /** Whether nothing was read of it before, in this life or an earlier one. */
  get isFresh(): boolean {
    return !this.#hasRead && this.#position.id === undefined && this.#position.moment === undefined
  }

  /** All rows that have come since the last time, a batch at a time. */
  async *poll(
    session: Session,
    dialect: Dialect,
    options: ReadOptions,
    size: number,
    logger: PluginLogger,
  ): AsyncGenerator<readonly JdbcRecord[]> {
    const { target } = this
    const { sql, params } = await this.#statement(session, dialect, options, logger)
    let find: ((row: readonly Cell[]) => Position) | undefined
    const pending = new ConservativeOffsets(target.mode, this.#position)
    for await (const result of session.stream(sql, params, size)) {
      const reader = this.#reader(result, dialect, options, logger)
      find ??= this.#positions(result.columns, dialect, options, reader)
      const rows: Row[] = []
      for (const row of result.rows) rows.push({ value: reader.read(row), position: find(row) })
      const ready = pending.add(rows)
      if (ready.length > 0) yield this.#records(ready, reader)
    }
    const rest = pending.end()
    if (rest.length > 0) yield this.#records(rest, this.#rows!)
    this.#position = pending.position
    this.#hasRead = true
  }

  #records(rows: readonly Row[], reader: RowReader): readonly JdbcRecord[] {
    const { topic, partition, mode } = this.target
    const valueSchema = reader.schema
    if (mode === 'bulk') return rows.map(({ value }) => ({ topic, value, valueSchema }))
    return rows.map(({ value, position }) => ({ topic, value, valueSchema, partition, offset: offsetOf(position) }))
  }

  async #statement(session: Session, dialect: Dialect, options: ReadOptions, logger: PluginLogger) {
    const { target } = this
    const timed = usesTimestamps(target.mode)
    if (timed && !this.#hasRead) {
      const kinds: TimeKind[] = []
      for (const name of target.timeColumns)
        kinds.push(await dialect.timeKind(session, target.from, target.quote(name)))
      this.#timeKinds = kinds
    }
    const kind = this.#timeKinds[0] ?? 'wall'
    const now = timed ? await dialect.now(session) : epoch
    const before = shifted(now, -target.delayMs)
    if (timed && this.#position.moment === undefined)
      this.#position = { ...this.#position, moment: target.initialTime === 'now' ? now : target.initialTime }
    const expressions = target.timeColumns.map((name, index) =>
      dialect.momentColumn(target.quote(name), this.#timeKinds[index] ?? 'wall'),
    )
    const time = expressions.length > 1 ? `COALESCE(${expressions.join(',')})` : expressions[0]
    if (timed && !this.#hasRead)
      logger.info('Reading by time', {
        from: target.shown,
        zone: options.zone.id,
        now: wallText(toWall(now, options.zone), 6),
        after: wallText(toWall(this.#position.moment ?? epoch, options.zone), 6),
        before: wallText(toWall(before, options.zone), 6),
      })
    return readStatement(
      {
        select: target.select,
        mode: target.mode,
        time,
        id: target.idColumn === undefined ? undefined : target.quote(target.idColumn),
        suffix: target.suffix,
      },
      {
        after: dialect.momentParam(this.#position.moment ?? epoch, kind, options.zone),
        before: dialect.momentParam(before, kind, options.zone),
        above: this.#position.id ?? target.initialId,
      },
      dialect.mark,
    )
  }

  #reader({ columns, rows }: ResultRows, dialect: Dialect, options: ReadOptions, logger: PluginLogger): RowReader {
    if (this.#rows?.fits(columns)) return this.#rows
    this.#rows = new RowReader(this.target.table, columns, dialect, options, rows[0])
    if (this.#rows.dropped.length > 0)
      logger.warn('Columns of these types have no place in a record; they are left out', {
        from: this.target.shown,
        columns: this.#rows.dropped,
      })
    return this.#rows
  }

  /** How to find where a row stands: by its number, by its time, or by both. */
  #positions(
    columns: readonly ResultColumn[],
    dialect: Dialect,
    options: ReadOptions,
    reader: RowReader,
  ): (row: readonly Cell[]) => Position {
    const { target } = this
    const idAt = usesNumbers(target.mode) ? this.#columnAt(columns, target.idColumn ?? '') : -1
    if (idAt >= 0) checkNumber(reader, columns[idAt]!.name, target.shown)
    const timesAt = usesTimestamps(target.mode) ? target.timeColumns.map(name => this.#columnAt(columns, name)) : []
    const momentOf = (row: readonly Cell[]): Moment => {
      for (const [index, at] of timesAt.entries()) {
        const cell = row[at] ?? null
        if (cell !== null) return dialect.readMoment(cell, this.#timeKinds[index] ?? 'wall', options.zone)
      }
      throw fatal(`${target.shown} has a row without a time, which no statement should find.`, { code: 'jdbc.no_time' })
    }
    const idOf = (row: readonly Cell[]): number | bigint => {
      const cell = row[idAt] ?? null
      if (cell !== null) return int64Of(textOf(cell))
      const problem = `${target.shown}: the number in "${target.idColumn}" is null.`
      throw fatal(problem, { code: 'jdbc.number_missing', hint: 'Rows are found by it, so each needs one.' })
    }
    switch (target.mode) {
      case 'bulk':
        return () => ({})
      case 'incrementing':
        return row => ({ id: idOf(row) })
      case 'timestamp':
        return row => ({ moment: momentOf(row) })
      case 'timestamp+incrementing':
        return row => ({ id: idOf(row), moment: momentOf(row) })
    }
  }

  #columnAt(columns: readonly ResultColumn[], name: string): number {
    const exact = columns.findIndex(column => column.name === name)
    if (exact >= 0) return exact
    const like = columns.flatMap((column, at) => (column.name.toLowerCase() === name.toLowerCase() ? [at] : []))
    if (like.length === 1) return like[0]!
    throw fatal(`${this.target.shown} has no column "${name}".`, {
      code: 'jdbc.column_missing',
      hint: `It has: ${columns.map(column => column.name).join(', ')}.`,
    })
  }
}

/** What may be counted by: whole numbers of any type. */
function checkNumber(reader: RowReader, name: string, shown: string): void {
  const of = reader.schema.fields?.find(field => field.name === name)?.schema
  const whole =
    of !== undefined &&
    (of.type.startsWith('int') || of.parameters?.['scale'] === '0') &&
    (of.name === undefined || of.type === 'bytes')
  if (whole) return
  throw fatal(`${shown}: "${name}" holds no whole numbers, so rows cannot be found by it.`, {
    code: 'jdbc.number_type',
    hint: 'mode=timestamp reads tables whose key is a text or a UUID.',
  })
}

function textOf(cell: Exclude<Cell, null>): string {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell).replace(/\.0*$/, '')
}

function shifted({ seconds, nanos }: Moment, ms: number): Moment {
  const moved = ofMillis(seconds * 1_000 + ms)
  const sum = moved.nanos + nanos
  return sum < 1e9 ? { seconds: moved.seconds, nanos: sum } : { seconds: moved.seconds + 1, nanos: sum - 1e9 }
}

/**
 * In `timestamp` mode a row's offset may not say that all rows of its time were read before that is so: until the last of
 * them it is the time before (kafka-connect-jdbc #1093). So the last row waits for the one behind it.
 */
class ConservativeOffsets {
  readonly #waits: boolean
  #held: Row | undefined
  /** The latest time all of whose rows were read. */
  position: Position

  constructor(mode: Mode, start: Position) {
    this.#waits = mode === 'timestamp'
    this.position = start
  }

  add(rows: readonly Row[]): readonly Row[] {
    if (!this.#waits) {
      this.position = rows.at(-1)?.position ?? this.position
      return rows
    }
    const ready: Row[] = []
    for (const row of rows) {
      if (this.#held) ready.push(this.#settle(this.#held, row))
      this.#held = row
    }
    return ready
  }

  end(): readonly Row[] {
    const held = this.#held
    this.#held = undefined
    return held ? [this.#settle(held, undefined)] : []
  }

  #settle(row: Row, next: Row | undefined): Row {
    const same = next !== undefined && compareMoments(next.position.moment!, row.position.moment!) === 0
    if (!same) this.position = row.position
    return { value: row.value, position: this.position }
  }
}
