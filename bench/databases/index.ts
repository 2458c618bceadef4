import { startPostgres } from '../../test/servers/database/start-postgres.js'
import { postgresDatabase, type TestDatabase } from '../../test/servers/database/test-database.js'
import { compare } from '../connect/compare.js'
import { measureParts, type Part } from '../connect/part.js'
import { startMillrace, startPeer } from '../connect/workers.js'
import type { Workload } from '../connect/workload.js'
import type { Figure } from '../figure.js'
import { captureSnapshot, captureStream } from './capture-workloads.js'

const parts: readonly Part[] = [
  besideDebezium('capture: rows', database => captureSnapshot(database, 500_000)),
  besideDebezium('capture: changes', database => captureStream(database, 300_000)),
]

/** Millrace beside Debezium on Kafka Connect: one PostgreSQL, one broker, turn by turn. */
function besideDebezium(name: string, workload: (database: TestDatabase) => Workload): Part {
  return {
    name,
    measure: async bench => {
      const server = await startPostgres({ settings: ['max_wal_size=8GB'] })
      try {
        const database = await postgresDatabase(server)
        const ours = await bench.worker(startMillrace)
        const peer = await bench.worker(bootstrap => startPeer(bootstrap, 0, ['debezium']))
        return await compare(workload(database), bench, ours, peer)
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
