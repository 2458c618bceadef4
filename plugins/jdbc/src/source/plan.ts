import { setTimeout as sleep } from 'node:timers/promises'
import { fatal } from 'millrace/plugin'
import type { PlanContext } from 'millrace/plugin'
import type { Session } from '../connection/session.js'
import { openDialect, type Dialect, type TableName } from '../dialect.js'
import { databaseFailure } from '../failures.js'
import { queryOf, type SourceConfig } from './config.js'
import { groups, tableChooser } from './table-choice.js'

/** What one task reads: the tables, or the query of the configuration. */
export interface SourceTask {
  readonly tables: readonly TableName[]
}

/** Divides the tables that there are now among the tasks, and looks for new ones. */
export async function plan(context: PlanContext<SourceConfig>): Promise<readonly SourceTask[]> {
  const { config, max, logger } = context
  if (queryOf(config) !== '') return [{ tables: [] }]
  const dialect = await openDialect(config, context.raw, logger)
  const tables = await withSession(dialect, context.signal, session => chosenTables(dialect, session, config))
  refuseSameNames(dialect, tables)
  logger.info('Tables to read', { tables: tables.map(table => dialect.fullName(table)) })
  context.watch(async ({ signal, replan }) => {
    while (await sleep(config['table.poll.interval.ms'], true, { signal }).catch(() => false)) {
      try {
        const now = await withSession(dialect, signal, session => chosenTables(dialect, session, config))
        if (JSON.stringify(now) !== JSON.stringify(tables)) replan()
      } catch (error) {
        if (!signal.aborted) logger.warn('Tables could not be listed; it will be tried again', { error: String(error) })
      }
    }
  })
  // One task that fails says that there is nothing to read, as with the JDBC connector.
  if (tables.length === 0) return [{ tables: [] }]
  return groups(tables, Math.min(max, tables.length)).map(some => ({ tables: some }))
}

export async function chosenTables(
  dialect: Dialect,
  session: Session,
  config: Pick<
    SourceConfig,
    | 'table.types'
    | 'catalog.pattern'
    | 'schema.pattern'
    | 'table.whitelist'
    | 'table.blacklist'
    | 'table.include.list'
    | 'table.exclude.list'
  >,
): Promise<readonly TableName[]> {
  const chosen = tableChooser(config)
  const all = await dialect.tables(session, {
    types: config['table.types'].map(type => type.toUpperCase()),
    catalog: config['catalog.pattern'] ?? null,
    schema: config['schema.pattern'] ?? null,
  })
  return all.filter(table => chosen({ full: dialect.fullName(table), table: table.table }))
}

async function withSession<R>(
  dialect: Dialect,
  signal: AbortSignal,
  use: (session: Session) => Promise<R>,
): Promise<R> {
  let session: Session | undefined
  try {
    session = await dialect.open(signal)
    return await use(session)
  } catch (error) {
    throw databaseFailure(dialect, error, 'listing tables')
  } finally {
    await session?.close()
  }
}

/** Both would go to one topic, and their rows could not be told apart. */
function refuseSameNames(dialect: Dialect, tables: readonly TableName[]): void {
  const first = new Map<string, TableName>()
  for (const table of tables) {
    const other = first.get(table.table)
    if (other !== undefined)
      throw fatal(
        `${dialect.fullName(other)} and ${dialect.fullName(table)} have the same name, so their rows would mix in one topic.`,
        {
          code: 'jdbc.same_name',
          hint: 'Choose one of them by schema.pattern, table.whitelist or table.include.list, and give the other a connector of its own.',
        },
      )
    first.set(table.table, table)
  }
}
