import { errorCode, errorMessage, fatal } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type pg from 'pg'
import type { TableRef } from './catalog.js'
import { isInsertDelete, type PostgresConfig } from './config.js'
import { rowsOf } from './connections.js'
import { serverVersion } from './slot.js'

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quotedTable = ({ schema, name }: Pick<TableRef, 'schema' | 'name'>): string =>
  `${quoted(schema)}.${quoted(name)}`

/** Makes the publication where it is missing and may be made, and keeps a `filtered` one to the tables that are captured. */
export async function ensurePublication(
  client: pg.Client,
  config: PostgresConfig,
  captured: readonly TableRef[],
  logger: PluginLogger,
): Promise<void> {
  const name = config['publication.name']
  const mode = config['publication.autocreate.mode']
  const found = await rowsOf(client, 'SELECT puballtables FROM pg_publication WHERE pubname = $1', [name])
  try {
    if (found[0] === undefined) await create(client, config, captured, logger)
    else if (mode === 'filtered') await adjust(client, name, found[0][0] === 't', captured, logger)
  } catch (error) {
    if (errorCode(error) !== '42501') throw error
    throw fatal(`The publication "${name}" cannot be made or changed: ${errorMessage(error)}.`, {
      code: 'postgres.publication_denied',
      hint: 'For all tables the user must be a superuser; publication.autocreate.mode=filtered needs the tables’ owner and CREATE on the database. Or have it made beforehand.',
      cause: error,
    })
  }
}

async function create(
  client: pg.Client,
  config: PostgresConfig,
  captured: readonly TableRef[],
  logger: PluginLogger,
): Promise<void> {
  const name = config['publication.name']
  const mode = config['publication.autocreate.mode']
  if (mode === 'disabled')
    throw fatal(`There is no publication "${name}", and publication.autocreate.mode=disabled.`, {
      code: 'postgres.publication_missing',
      hint: `Make it: CREATE PUBLICATION ${quoted(name)} FOR TABLE …`,
    })
  if (mode === 'filtered' && captured.length === 0)
    throw fatal('No table is captured, so there is nothing to publish.', {
      code: 'postgres.no_tables',
      hint: 'See table.include.list and schema.include.list, and what the user may see.',
    })
  const tables = {
    all_tables: 'FOR ALL TABLES',
    filtered: `FOR TABLE ${captured.map(quotedTable).join(', ')}`,
    no_tables: '',
  }[mode]
  const options = await optionsOf(client, config)
  await client.query(
    `CREATE PUBLICATION ${quoted(name)} ${tables}${options.length > 0 ? ` WITH (${options.join(', ')})` : ''}`,
  )
  logger.info('Made a publication', { publication: name, mode })
}

async function optionsOf(client: pg.Client, config: PostgresConfig): Promise<readonly string[]> {
  const options: string[] = []
  const skipped = new Set(config['skipped.operations'])
  // Without them no signal and no mark would come.
  if (config['signal.data.collection'] !== undefined) {
    skipped.delete('c')
    if (isInsertDelete(config)) skipped.delete('d')
  }
  const words = { c: 'insert', u: 'update', d: 'delete', t: 'truncate' } as const
  if (['c', 'u', 'd'].some(operation => skipped.has(operation))) {
    const kept = Object.entries(words).flatMap(([letter, word]) => (skipped.has(letter) ? [] : [word]))
    options.push(`publish = '${kept.join(', ')}'`)
  }
  if (config['publish.via.partition.root'] && (await serverVersion(client)) >= 130_000)
    options.push('publish_via_partition_root = true')
  return options
}

async function adjust(
  client: pg.Client,
  name: string,
  isForAll: boolean,
  captured: readonly TableRef[],
  logger: PluginLogger,
): Promise<void> {
  if (isForAll)
    throw fatal(`The publication "${name}" is for all tables, and publication.autocreate.mode=filtered.`, {
      code: 'postgres.publication_for_all',
      hint: 'Drop it, choose another publication.name, or set the mode to all_tables.',
    })
  const rows = await rowsOf(
    client,
    'SELECT n.nspname, c.relname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = $1',
    [name],
  )
  const published = new Set(rows.map(([schema, table]) => quotedTable({ schema: schema!, name: table! })))
  const wanted = new Set(captured.map(quotedTable))
  if (wanted.size === published.size && [...wanted].every(table => published.has(table))) return
  if (wanted.size === 0) return
  await client.query(`ALTER PUBLICATION ${quoted(name)} SET TABLE ${[...wanted].join(', ')}`)
  logger.info('Changed the tables of a publication', { publication: name, tables: wanted.size })
}
