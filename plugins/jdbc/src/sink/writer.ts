import { MillraceError, errorMessage, rejected } from 'millrace/plugin'
import type { SinkRecord } from 'millrace/plugin'
import type { Session } from '../connection/session.js'
import type { Dialect, InsertMode, Statement } from '../dialect.js'
import type { Naming } from '../names.js'
import type { Group } from './batch.js'
import type { Row } from './rows.js'

export interface WriterParts {
  readonly dialect: Dialect
  readonly naming: Naming
  readonly mode: InsertMode
  /** Rows of one statement at most. */
  readonly batchSize: number
  /** Whether what the database says of a row is kept to itself. */
  readonly quiet: boolean
  /** False where the task fails by it. */
  readonly reject: (record: SinkRecord, error: unknown) => boolean
}

/**
 * Writes groups of rows in one transaction, or by one statement that is one. A row that the database refuses is found by halving what it came with, and set
 * aside; all others are written. Anything else that fails is thrown, with nothing written.
 */
export async function writeGroups(session: Session, groups: readonly Group[], parts: WriterParts): Promise<void> {
  const statements = allStatements(groups, parts)
  const [first, second] = [statements.next(), statements.next()]
  if (first.done === true) return
  const isOne = second.done === true && parts.dialect.commitsStatements
  try {
    if (!isOne) await session.execute(parts.dialect.begin)
    await session.execute(first.value.sql, first.value.params)
    for (let next = second; next.done !== true; next = statements.next())
      await session.execute(next.value.sql, next.value.params)
    if (!isOne) await session.execute('COMMIT')
  } catch (error) {
    if (!isOne) await session.execute('ROLLBACK').catch(() => undefined)
    if (!isRowsFault(error, parts.dialect)) throw error
    await writeCarefully(session, groups, parts)
  }
}

/** The same with a savepoint before each chunk, so that a refused row undoes no others. */
async function writeCarefully(session: Session, groups: readonly Group[], parts: WriterParts): Promise<void> {
  const attempt = async (group: Group, rows: readonly Row[]): Promise<void> => {
    await session.execute('SAVEPOINT millrace')
    try {
      for (const { sql, params } of statementsOf(group, rows, parts)) await session.execute(sql, params)
      await session.execute('RELEASE SAVEPOINT millrace')
    } catch (error) {
      if (!isRowsFault(error, parts.dialect)) throw error
      await session.execute('ROLLBACK TO SAVEPOINT millrace')
      await divide(group, rows, error)
    }
  }
  const divide = async (group: Group, rows: readonly Row[], error: unknown): Promise<void> => {
    const [row] = rows
    if (rows.length > 1) {
      const middle = rows.length >> 1
      await attempt(group, rows.slice(0, middle))
      return attempt(group, rows.slice(middle))
    }
    if (row === undefined) return
    const reason = refusal(row.record, error, parts)
    // The task fails, and would write the others again when it is restarted.
    if (!parts.reject(row.record, reason)) throw reason
    // What had been overtaken counts after all.
    if (row.before !== undefined) await attempt(group, [row.before])
  }
  try {
    await session.execute(parts.dialect.begin)
    for (const group of groups) for (const chunk of chunksOf(group, parts)) await attempt(group, chunk)
    await session.execute('COMMIT')
  } catch (error) {
    await session.execute('ROLLBACK').catch(() => undefined)
    throw error
  }
}

function isRowsFault(error: unknown, dialect: Dialect): boolean {
  return error instanceof MillraceError ? error.disposition === 'reject' : dialect.classify(error) === 'record'
}

function refusal(
  { topic, kafkaPartition, kafkaOffset }: SinkRecord,
  error: unknown,
  { dialect, quiet }: WriterParts,
): MillraceError {
  if (error instanceof MillraceError) return error
  const says = quiet ? 'the value is not shown (trim.sensitive.log)' : errorMessage(error)
  const what = `${dialect.name} refuses the record at ${topic}-${kafkaPartition}, offset ${kafkaOffset}: ${says}`
  return rejected(what, { code: 'jdbc.row_refused', cause: quiet ? undefined : error })
}

/** Rows in the order in which they came, writes and deletes apart, as many as one statement takes. */
function* chunksOf({ rows, targets, keys }: Group, { dialect, batchSize }: WriterParts): Generator<readonly Row[]> {
  for (const remove of [false, true]) {
    const width = Math.max(1, remove ? keys : targets.length)
    const most = Math.max(1, Math.min(batchSize || rows.length, Math.floor(dialect.limits.params / width)))
    let chunk: Row[] = []
    let bytes = 0
    for (const row of rows) {
      if (row.remove !== remove) continue
      if (chunk.length > 0 && (chunk.length >= most || bytes + row.bytes > dialect.limits.bytes)) {
        yield chunk
        chunk = []
        bytes = 0
      }
      chunk.push(row)
      bytes += row.bytes
    }
    if (chunk.length > 0) yield chunk
  }
}

/** Made one by one, as each holds its rows' values once more. */
function* allStatements(groups: readonly Group[], parts: WriterParts): Generator<Statement, undefined> {
  for (const group of groups) for (const rows of chunksOf(group, parts)) yield* statementsOf(group, rows, parts)
}

/** What writes some rows of a group, which are all written or all deleted. */
function statementsOf(
  group: Group,
  rows: readonly Row[],
  { dialect, naming, mode }: WriterParts,
): readonly Statement[] {
  const names = group.targets.map(({ column }) => naming.quote(column.name))
  const [keys, others] = [names.slice(0, group.keys), names.slice(group.keys)]
  const table = group.table.quoted
  const remove = rows[0]?.remove === true
  if (!remove && mode === 'update' && others.length === 0) return []
  const columns = group.targets.map(({ column }, at) => ({ quoted: names[at]!, column }))
  const values = rows.map(({ params }) => params)
  const arrays = dialect.writeArrays?.(remove ? 'delete' : mode, table, columns, group.keys, values)
  if (arrays !== undefined) return [arrays]
  if (remove) return [{ sql: dialect.remove(table, keys, rows.length), params: values.flat() }]
  if (mode !== 'update') return [{ sql: dialect.write(mode, table, keys, others, rows.length), params: values.flat() }]
  const sql = dialect.write('update', table, keys, others, 1)
  return values.map(params => ({ sql, params: [...params.slice(group.keys), ...params.slice(0, group.keys)] }))
}
