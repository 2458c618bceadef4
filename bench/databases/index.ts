import { aivenJdbc, aivenJdbcSources } from '../../test/servers/connect/aiven-jdbc.js'
import { startMariadb } from '../../test/servers/database/start-mariadb.js'
import { startMysql } from '../../test/servers/database/start-mysql.js'
import { startPostgres } from '../../test/servers/database/start-postgres.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../test/servers/database/test-database.js'
import { compare } from '../connect/compare.js'
import { measureParts, type Part } from '../connect/part.js'
import { startMillrace, startPeer, type Plugins } from '../connect/workers.js'
import type { Workload } from '../connect/workload.js'
import type { Figure } from '../figure.js'
import { captureSnapshot, captureStream } from './capture-workloads.js'
import { binlogSnapshot, binlogStream, mariadbServer, mysqlServer } from './binlog-workloads.js'
import { jdbcRows, jdbcUpserts } from './jdbc-workloads.js'

const parts: readonly Part[] = [
  besideDebezium('postgres capture: rows', postgres, database => captureSnapshot(database, 500_000)),
  besideDebezium('postgres capture: changes', postgres, database => captureStream(database, 300_000)),
  besideDebezium('mariadb capture: rows', mariadb, database => binlogSnapshot(mariadbServer, database, 500_000)),
  besideDebezium('mariadb capture: changes', mariadb, database => binlogStream(mariadbServer, database, 300_000)),
  besideDebezium('mysql capture: rows', mysql, database => binlogSnapshot(mysqlServer, database, 500_000)),
  besideDebezium('mysql capture: changes', mysql, database => binlogStream(mysqlServer, database, 300_000)),
  ...(aivenJdbcSources === undefined ? [] : besideAiven(aivenJdbcSources)),
]

interface Server {
  readonly database: TestDatabase
  stop(): Promise<void>
}

async function postgres(): Promise<Server> {
  const server = await startPostgres({ settings: ['max_wal_size=8GB'] })
  return { database: await postgresDatabase(server), stop: () => server.stop() }
}

async function mariadb(): Promise<Server> {
  const server = await startMariadb()
  return { database: await mysqlDatabase(server), stop: () => server.stop() }
}

async function mysql(): Promise<Server> {
  const server = await startMysql()
  return { database: await mysqlDatabase(server), stop: () => server.stop() }
}

function besideDebezium(
  name: string,
  start: () => Promise<Server>,
  workload: (database: TestDatabase) => Workload,
): Part {
  return besideConnect(name, start, async () => ({ plugins: ['debezium'] }), workload)
}

/** Needs a checkout of Aiven's sources: no registry has its jars. */
function besideAiven(sources: string): readonly Part[] {
  const plugins = async (): Promise<Plugins> => ({ folders: [await aivenJdbc(sources)] })
  return [
    besideConnect('jdbc: rows', postgres, plugins, database => jdbcRows(database, 500_000)),
    besideConnect('jdbc: upserts', postgres, plugins, database => jdbcUpserts(database, 300_000)),
  ]
}

/** Millrace beside others' connectors on Kafka Connect: one database, one broker, turn by turn. */
function besideConnect(
  name: string,
  start: () => Promise<Server>,
  plugins: () => Promise<Plugins>,
  workload: (database: TestDatabase) => Workload,
): Part {
  return {
    name,
    measure: async bench => {
      const server = await start()
      try {
        const ours = await bench.worker(startMillrace)
        const peer = await bench.worker(async bootstrap => startPeer(bootstrap, 0, await plugins()))
        return await compare(workload(server.database), bench, ours, peer)
      } finally {
        await server.stop()
      }
    },
  }
}

/** Connectors of databases beside those of Kafka Connect. `only`: the parts with that in their names. */
export function measure(only = ''): Promise<readonly Figure[]> {
  return measureParts(parts, only)
}
