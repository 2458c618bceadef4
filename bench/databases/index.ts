import { startMariadb } from '../../test/servers/database/start-mariadb.js'
import { startPostgres } from '../../test/servers/database/start-postgres.js'
import { mysqlDatabase, postgresDatabase, type TestDatabase } from '../../test/servers/database/test-database.js'
import { compare } from '../connect/compare.js'
import { measureParts, type Part } from '../connect/part.js'
import { startMillrace, startPeer } from '../connect/workers.js'
import type { Workload } from '../connect/workload.js'
import type { Figure } from '../figure.js'
import { captureSnapshot, captureStream } from './capture-workloads.js'
import { mariadbSnapshot, mariadbStream } from './mariadb-workloads.js'

const parts: readonly Part[] = [
  besideDebezium('postgres capture: rows', postgres, database => captureSnapshot(database, 500_000)),
  besideDebezium('postgres capture: changes', postgres, database => captureStream(database, 300_000)),
  besideDebezium('mariadb capture: rows', mariadb, database => mariadbSnapshot(database, 500_000)),
  besideDebezium('mariadb capture: changes', mariadb, database => mariadbStream(database, 300_000)),
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

/** Millrace beside Debezium on Kafka Connect: one database, one broker, turn by turn. */
function besideDebezium(
  name: string,
  start: () => Promise<Server>,
  workload: (database: TestDatabase) => Workload,
): Part {
  return {
    name,
    measure: async bench => {
      const server = await start()
      try {
        const ours = await bench.worker(startMillrace)
        const peer = await bench.worker(bootstrap => startPeer(bootstrap, 0, ['debezium']))
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
