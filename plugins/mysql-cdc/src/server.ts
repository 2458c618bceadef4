import type { Connection } from 'mysql2'
import { errorCode } from 'millrace/plugin'
import { rowsOf } from './connections.js'
import { lostDomains } from './gtids.js'
import type { Flavour } from './source-block.js'

/** What the server says of itself, as far as reading its binlog needs it. Variables that a release does not have are empty. */
export interface ServerFacts {
  readonly flavour: Flavour
  readonly version: string
  readonly serverId: number
  readonly logBin: string
  readonly format: string
  readonly rowImage: string
  readonly rowMetadata: string
  readonly rowValueOptions: string
  readonly transactionCompression: string
  readonly gtidMode: string
}

const variables = [
  'server_id',
  'log_bin',
  'binlog_format',
  'binlog_row_image',
  'binlog_row_metadata',
  'binlog_row_value_options',
  'binlog_transaction_compression',
  'gtid_mode',
] as const

export async function serverFacts(connection: Connection): Promise<ServerFacts> {
  const [version] = await rowsOf(connection, 'SELECT VERSION()')
  const list = variables.map(name => `'${name}'`).join(', ')
  const rows = await rowsOf(connection, `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${list})`)
  const of = new Map(rows.map(([name, value]) => [String(name).toLowerCase(), value ?? '']))
  const value = (name: (typeof variables)[number]): string => of.get(name) ?? ''
  const text = version?.[0] ?? ''
  return {
    flavour: /mariadb/i.test(text) ? 'mariadb' : 'mysql',
    version: text,
    serverId: Number(value('server_id')),
    logBin: value('log_bin').toUpperCase(),
    format: value('binlog_format').toUpperCase(),
    rowImage: value('binlog_row_image').toUpperCase(),
    rowMetadata: value('binlog_row_metadata').toUpperCase(),
    rowValueOptions: value('binlog_row_value_options').toUpperCase(),
    transactionCompression: value('binlog_transaction_compression').toUpperCase(),
    gtidMode: value('gtid_mode').toUpperCase(),
  }
}

/** Why changes cannot be read from such a server, each with what to do. */
export function serverProblems(facts: ServerFacts): readonly string[] {
  const problems: string[] = []
  const wants = (name: string, is: string, wanted: string, isDynamic: boolean): void => {
    const how = isDynamic
      ? `SET GLOBAL ${name} = '${wanted}', and in the server's configuration; sessions that are open keep the old value`
      : `set ${name} in the server's configuration and restart it`
    problems.push(`The server's ${name} is "${is}" and must be "${wanted}": ${how}.`)
  }
  if (facts.logBin !== 'ON' && facts.logBin !== '1') wants('log_bin', facts.logBin || 'OFF', 'ON', false)
  // MySQL 8.3 and later can log rows only, and may leave the variables out one day.
  if (facts.format !== 'ROW' && facts.format !== '') wants('binlog_format', facts.format, 'ROW', true)
  if (facts.rowImage !== 'FULL' && facts.rowImage !== '' && facts.rowImage !== 'FULL_NODUP')
    wants('binlog_row_image', facts.rowImage, 'FULL', true)
  if (facts.rowValueOptions.includes('PARTIAL_JSON')) wants('binlog_row_value_options', facts.rowValueOptions, '', true)
  if (facts.transactionCompression === 'ON') wants('binlog_transaction_compression', 'ON', 'OFF', true)
  return problems
}

/** Where the binlog ends now, and what was committed until then. */
export interface LogPosition {
  readonly file: string
  readonly position: number
  /** Undefined where the server has none. */
  readonly gtids: string | undefined
}

export async function logPosition(connection: Connection, facts: ServerFacts): Promise<LogPosition> {
  const [row] = await statusRow(connection, facts)
  const file = row?.[0] ?? ''
  const position = Number(row?.[1] ?? 4)
  if (facts.flavour === 'mysql') {
    const gtids = (row?.[4] ?? '').replaceAll(/\s/g, '')
    return { file, position, gtids: facts.gtidMode.startsWith('ON') ? gtids : undefined }
  }
  const [gtid] = await rowsOf(connection, 'SELECT BINLOG_GTID_POS(?, ?)', [file, position])
  return { file, position, gtids: gtid?.[0] ?? '' }
}

/** MySQL 8.2 has renamed the statement, and 8.4 forgot the old name. */
async function statusRow(connection: Connection, { flavour }: ServerFacts) {
  if (flavour === 'mariadb') return rowsOf(connection, 'SHOW MASTER STATUS')
  try {
    return await rowsOf(connection, 'SHOW BINARY LOG STATUS')
  } catch (error) {
    if (errorCode(error) !== 'ER_PARSE_ERROR') throw error
    return rowsOf(connection, 'SHOW MASTER STATUS')
  }
}

/** Files of the binlog that the server still has, oldest first. */
export async function binlogFiles(connection: Connection): Promise<readonly { file: string; size: number }[]> {
  const rows = await rowsOf(connection, 'SHOW BINARY LOGS')
  return rows.map(([file, size]) => ({ file: file ?? '', size: Number(size) }))
}

/** Why the server no longer has all changes since a position; undefined: it has. */
export async function lostSince(
  connection: Connection,
  facts: ServerFacts,
  { file, position, gtids }: LogPosition,
): Promise<string | undefined> {
  const files = await binlogFiles(connection)
  if (gtids !== undefined && gtids !== '') {
    if (facts.flavour === 'mariadb') {
      const [oldest] = await rowsOf(connection, 'SELECT BINLOG_GTID_POS(?, 4)', [files[0]?.file ?? ''])
      const lost = lostDomains(gtids, oldest?.[0] ?? '')
      if (lost.length === 0) return undefined
      return `its oldest binlog begins after ${oldest?.[0]}, and changes were stored up to ${gtids}`
    }
    if (facts.gtidMode.startsWith('ON')) {
      const sql = 'SELECT GTID_SUBTRACT(@@GLOBAL.gtid_purged, ?), GTID_SUBSET(?, @@GLOBAL.gtid_executed)'
      const [row] = await rowsOf(connection, sql, [gtids, gtids])
      const purged = (row?.[0] ?? '').replaceAll(/\s/g, '')
      if (purged !== '') return `it has purged the transactions ${purged}, and changes were stored up to ${gtids}`
      if (row?.[1] === '0')
        return `it has not executed all of ${gtids}, which were stored: it is another server, or was reset`
      return undefined
    }
  }
  const found = files.find(one => one.file === file)
  const has = `it has ${files.length === 0 ? 'no binlog' : `${files[0]!.file} to ${files.at(-1)!.file}`}`
  if (found === undefined) return `${has}, and changes were stored up to ${file}:${position}`
  if (position > found.size)
    return `its ${file} ends at ${found.size}, and changes were stored up to ${position}: it is another log`
  return undefined
}
