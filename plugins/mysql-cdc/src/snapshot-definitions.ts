import type { Connection } from 'mysql2'
import { quotedName, rowsOf } from './connections.js'
import type { SnapshotDefinition } from './definitions.js'
import type { KnownTable } from './tables.js'

type Definition = Omit<SnapshotDefinition, 'source' | 'at'>

/** What Debezium says before rows, in its order: everything is dropped, then databases and their tables are made. */
export async function* snapshotDefinitions(
  connection: Connection,
  tables: readonly KnownTable[],
): AsyncGenerator<Definition> {
  const [server] = await rowsOf(connection, 'SELECT @@GLOBAL.character_set_server, @@GLOBAL.collation_server')
  yield { database: '', ddl: `SET character_set_server=${server?.[0]}, collation_server=${server?.[1]}` }
  for (const { database, name } of tables)
    yield {
      database,
      table: name,
      ddl: `DROP TABLE IF EXISTS ${quotedName(database)}.${quotedName(name)}`,
      change: { type: 'DROP', known: undefined },
    }
  for (const database of new Set(tables.map(one => one.database))) {
    const name = quotedName(database)
    const [of] = await rowsOf(
      connection,
      'SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
      [database],
    )
    yield { database, ddl: `DROP DATABASE IF EXISTS ${name}` }
    yield { database, ddl: `CREATE DATABASE ${name} CHARSET ${of?.[0]} COLLATE ${of?.[1]}` }
    yield { database, ddl: `USE ${name}` }
    for (const table of tables)
      if (table.database === database) yield made(table, await createStatement(connection, table))
  }
}

function made(known: KnownTable, ddl: string): Definition {
  return { database: known.database, table: known.name, ddl, change: { type: 'CREATE', known } }
}

async function createStatement(connection: Connection, { database, name }: KnownTable): Promise<string> {
  const [row] = await rowsOf(connection, `SHOW CREATE TABLE ${quotedName(database)}.${quotedName(name)}`)
  return row?.[1] ?? ''
}
