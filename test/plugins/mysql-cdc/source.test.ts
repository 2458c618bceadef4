import { acceptSource } from 'millrace/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/mysql-cdc'
import type { RawConfig, SourcePlugin, Value } from '../../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithMariadb, serverStartMs } from '../../servers/shared/suites.js'
import { Offsets, SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'mariadb-cdc')!
const module = new URL('../../../plugins/mysql-cdc/dist/index.js', import.meta.url)

let names = 0

type Envelope = {
  readonly op: string
  readonly after: { readonly id: number; readonly note: string | null } | null
  readonly before: { readonly id: number } | null
}

describeWithMariadb('changes of MariaDB tables', () => {
  let database: TestDatabase
  const drives: SourceDrive[] = []
  beforeAll(async () => {
    database = await mysqlDatabase(await sharedServer('mariadb'))
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all(drives.map(one => one.stop()))
    await database?.drop()
  })

  const configOf = (table: string, more: RawConfig = {}): RawConfig => ({
    'topic.prefix': table,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.server.id': String(70_000 + names),
    'database.include.list': database.database,
    'table.include.list': `${database.database}\\.${table}`,
    'include.schema.changes': 'false',
    'extended.headers.enabled': 'false',
    ...more,
  })
  const newTable = async (columns: string): Promise<string> => {
    const name = `c${names++}`
    await database.run(`CREATE TABLE ${name} (${columns})`)
    return name
  }
  const open = async (raw: RawConfig, offsets?: Offsets): Promise<SourceDrive> => {
    const drive = await SourceDrive.open(source, raw, { ...(offsets && { offsets }) })
    drives.push(drive)
    return drive
  }

  acceptSource(source, {
    test,
    module,
    async config() {
      const table = await newTable('id int PRIMARY KEY, note text')
      return configOf(table, { 'snapshot.mode': 'initial' })
    },
    async produce(config, count) {
      const table = config['topic.prefix']!
      const [last] = await database.rows(`SELECT coalesce(max(id), 0) FROM ${table}`)
      const rows = Array.from({ length: count }, (_, at) => ({
        id: Number(last![0]) + at + 1,
        note: `n${Math.random()}`,
      }))
      await database.run(`INSERT INTO ${table} VALUES ${rows.map(({ id, note }) => `(${id}, '${note}')`).join(',')}`)
      return rows
    },
    part: value => (value as { after: Value }).after,
    // A snapshot begins anew; changes go on anywhere, which tests below say.
    can: { resume: false, follow: true },
  })

  test('rows that are there, then their changes', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    await database.run(`INSERT INTO ${table} VALUES (1, 'a'), (2, 'b')`)
    const drive = await open(configOf(table))
    await drive.read(2)
    await database.run(`UPDATE ${table} SET note = 'c' WHERE id = 1`)
    await database.run(`UPDATE ${table} SET id = 3 WHERE id = 2`)
    await database.run(`DELETE FROM ${table} WHERE id = 1`)
    await drive.read(6)
    expect(
      drive.records.map(({ key, value }) => [(key as { id: number }).id, (value as Envelope | null)?.op ?? null]),
    ).toEqual([
      [1, 'r'],
      [2, 'r'],
      [1, 'u'],
      [2, 'd'],
      [2, null],
      [3, 'c'],
      [1, 'd'],
      [1, null],
    ])
  })
})
