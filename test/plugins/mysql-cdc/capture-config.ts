import type { RawConfig } from '../../../src/plugin/index.js'
import type { TestDatabase } from '../../servers/database/test-database.js'

let replicas = 70_000

/** A connector for one table of a database. */
export function captureConfig(database: TestDatabase, table: string, more: RawConfig = {}): RawConfig {
  return {
    'topic.prefix': table,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.server.id': String(replicas++),
    'database.include.list': database.database,
    'table.include.list': `${database.database}\\.${table}`,
    'include.schema.changes': 'false',
    'extended.headers.enabled': 'false',
    ...more,
  }
}
