import { defineSource, fatal, taskKey } from 'millrace/plugin'
import { Capture, type Context } from './capture.js'
import { mariadbKeys, mysqlKeys } from './config.js'
import { binlogFailure, passes } from './failures.js'
import { offsetProblem, offsetShape, partitionShape, type BinlogOffset } from './offset.js'
import { contractVersion, type Flavour } from './source-block.js'
import { validate } from './validate.js'

const offsets = { partition: partitionShape, offset: offsetShape } as const

/** How often in a row a task has failed by what passes by itself: the read that follows such a failure is a new one. */
const failuresInARow = new Map<string, number>()

export const mysqlCdc = defineSource({
  name: 'mysql-cdc',
  version: contractVersion,
  summary: 'Reads the rows of MySQL tables and then their changes, from the binlog, as Debezium’s connector does.',
  aliases: ['io.debezium.connector.mysql.MySqlConnector', 'io.debezium.connector.mysql.MySql'],
  config: mysqlKeys,
  offsets,
  exclusive: config => replicaOf(config),
  validate,
  alterOffsets,
  read: context => reading(context as unknown as Context, 'mysql') as never,
})

export const mariadbCdc = defineSource({
  name: 'mariadb-cdc',
  version: contractVersion,
  summary: 'Reads the rows of MariaDB tables and then their changes, from the binlog, as Debezium’s connector does.',
  aliases: ['io.debezium.connector.mariadb.MariaDbConnector', 'io.debezium.connector.mariadb.MariaDb'],
  config: mariadbKeys,
  offsets,
  exclusive: config => replicaOf(config),
  validate,
  alterOffsets,
  read: context => reading(context as unknown as Context, 'mariadb') as never,
})

/** The server takes one reader of a number: a second one throws the first out. */
function replicaOf(config: {
  readonly 'database.hostname': string
  readonly 'database.port': number
  readonly 'database.server.id': number | bigint | undefined
}): readonly string[] {
  const id = config['database.server.id']
  return id === undefined ? [] : [`mysql-replica:${config['database.hostname']}:${config['database.port']}/${id}`]
}

function alterOffsets(_: unknown, changes: readonly { readonly offset: BinlogOffset | null }[]): boolean {
  for (const { offset } of changes) {
    const problem = offset && offsetProblem(offset)
    if (problem) throw fatal(problem, { code: 'mysql.offset_refused' })
  }
  return true
}

async function* reading(context: Context, flavour: Flavour) {
  const { config, signal, id } = context
  const key = taskKey(id)
  const capture = new Capture(context, flavour)
  try {
    for await (const yielded of capture.run()) {
      failuresInARow.delete(key)
      yield yielded
    }
  } catch (error) {
    if (signal.aborted) return
    const failure = binlogFailure(error, 'capturing changes', passes(error) ? 1_000 : 0)
    const allowed = config['errors.max.retries']
    const count = (failuresInARow.get(key) ?? 0) + 1
    failuresInARow.set(key, count)
    if (failure.disposition !== 'retry' || allowed < 0 || count <= allowed) throw failure
    failuresInARow.delete(key)
    throw fatal(`${failure.message} This was the last of ${allowed} more attempts.`, {
      code: failure.code,
      cause: failure,
    })
  } finally {
    await capture.close()
  }
}
