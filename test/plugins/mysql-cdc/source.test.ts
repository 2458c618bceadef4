import { acceptSource } from 'millrace/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RawConfig, Value } from '../../../src/plugin/index.js'
import { mysqlDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { serverStartMs } from '../../servers/shared/suites.js'
import { until } from '../../servers/until.js'
import { Offsets, SourceDrive } from '../source-drive.js'
import { captureConfig } from './capture-config.js'
import { servers } from './servers.js'

const module = new URL('../../../plugins/mysql-cdc/dist/index.js', import.meta.url)

let names = 0

type Envelope = {
  readonly op: string
  readonly after: { readonly id: number; readonly note: string | null } | null
  readonly before: { readonly id: number } | null
}

describe.each(servers)(
  'changes of $name tables',
  ({ suite, source, open: openDatabase, start, leastMetadata, lost: why }) => {
    suite('with a server', () => {
      let database: TestDatabase
      const drives: SourceDrive[] = []
      beforeAll(async () => {
        database = await openDatabase()
      }, serverStartMs)
      afterAll(async () => {
        await Promise.all(drives.map(one => one.stop()))
        await database?.drop()
      })

      const configOf = (table: string, more: RawConfig = {}): RawConfig => captureConfig(database, table, more)
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
          await database.run(
            `INSERT INTO ${table} VALUES ${rows.map(({ id, note }) => `(${id}, '${note}')`).join(',')}`,
          )
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

      const ids = (records: readonly { readonly value: unknown }[]): number[] =>
        records.flatMap(({ value }) => (value as Envelope | null)?.after?.id ?? [])
      const opsOf = (drive: SourceDrive): (readonly [number, string | null])[] =>
        drive.records.map(({ key, value }) => [(key as { id: number }).id, (value as Envelope | null)?.op ?? null])
      /** Offsets as they are after the snapshot of an empty table: changes are all there is to come. */
      const begun = async (raw: RawConfig): Promise<Offsets> => {
        const drive = await open(raw)
        await drive.readFor(700)
        await drive.commit()
        await drive.stop()
        expect(drive.offsets.entries.size).toBe(1)
        return drive.offsets
      }

      test(
        'it goes on at every row of a transaction of many events, with GTIDs and by position',
        { timeout: 120_000 },
        async () => {
          const table = await newTable('id int PRIMARY KEY, note text')
          const raw = configOf(table)
          const start = await begun(raw)
          await database.run('START TRANSACTION')
          await database.run(`INSERT INTO ${table} VALUES (1, 'a'), (2, 'b'), (3, 'c')`)
          await database.run(`UPDATE ${table} SET note = 'x' WHERE id > 1`)
          await database.run(`UPDATE ${table} SET id = 30 WHERE id = 3`)
          await database.run(`DELETE FROM ${table} WHERE id = 1`)
          await database.run('COMMIT')
          await database.run(`INSERT INTO ${table} VALUES (4, 'd')`)
          const whole = await open(raw, copyOf(start))
          await whole.read(11)
          const all = opsOf(whole)
          for (let cut = 1; cut < 11; cut++)
            for (const withGtids of [true, false]) {
              const { partition, offset } = whole.records[cut - 1]!
              const offsets = new Offsets()
              const { gtids: _, ...byPosition } = offset!
              offsets.commit(partition!, withGtids ? offset! : byPosition)
              const again = await open(raw, offsets)
              await again.readUntil(() => ids(again.records).includes(4))
              const from = all.length - again.records.length
              expect(opsOf(again), `after ${cut}, ${JSON.stringify(offset)}`).toEqual(all.slice(from))
              // The records of one change come together again where the last of them was not committed.
              expect(from).toBeLessThanOrEqual(cut)
              expect(from, `after ${cut}, ${JSON.stringify(offset)} ${withGtids}`).toBeGreaterThanOrEqual(cut - 2)
              await again.stop()
            }
        },
      )

      test('what was not committed comes again, over logs that end and begin', async () => {
        const table = await newTable('id int PRIMARY KEY, note text')
        const raw = configOf(table)
        const offsets = await begun(raw)
        await database.run(`INSERT INTO ${table} VALUES (1, 'a')`)
        await database.run('FLUSH BINARY LOGS')
        await database.run(`INSERT INTO ${table} VALUES (2, 'b')`)
        const first = await open(raw, copyOf(offsets))
        await first.read(2)
        await first.stop()
        const again = await open(raw, copyOf(offsets))
        expect(ids(await again.read(2))).toEqual([1, 2])
        await database.run('FLUSH BINARY LOGS')
        await database.run(`INSERT INTO ${table} VALUES (3, 'c')`)
        expect(ids(await again.read(1))).toEqual([3])
        await again.commit()
        const [entry] = [...again.offsets.entries.values()]
        const logs = await database.rows('SHOW BINARY LOGS')
        expect(entry!.offset['file']).toBe(logs.at(-1)![0])
      })

      test('changes of other tables move the stored position on, and cost no records', async () => {
        const table = await newTable('id int PRIMARY KEY, note text')
        const other = await newTable('id int PRIMARY KEY')
        const drive = await open(configOf(table))
        await drive.readFor(700)
        await drive.commit()
        const [before] = [...drive.offsets.entries.values()]
        await database.run(`INSERT INTO ${other} VALUES (1), (2)`)
        expect(await drive.readFor(2_500)).toEqual([])
        await drive.commit()
        const [after] = [...drive.offsets.entries.values()]
        expect(Number(after!.offset['pos'])).toBeGreaterThan(Number(before!.offset['pos']))
        expect(after!.offset['gtids']).not.toBe(before!.offset['gtids'])
      })

      test('where the server has purged what was not read it says so, or reads all anew where that is wanted', async () => {
        const server = await start()
        try {
          const own = await mysqlDatabase(server)
          await own.run(`CREATE TABLE t (id int PRIMARY KEY, note text)`)
          const config = captureConfig(own, 't')
          const offsets = await begun(config)
          await own.run(`INSERT INTO t VALUES (1, 'a')`)
          for (let files = 0; files < 2; files++) await own.run('FLUSH BINARY LOGS')
          const last = (await own.rows('SHOW BINARY LOGS')).at(-1)
          // A log that is still needed for a recovery of the server stays a moment longer.
          await until(
            () => 'old logs to be purged',
            10_000,
            async () => {
              await own.run(`PURGE BINARY LOGS TO '${last![0]}'`)
              return (await own.rows('SHOW BINARY LOGS')).length === 1
            },
          )
          const lost = await open(config, copyOf(offsets))
          await expect(lost.read(1)).rejects.toMatchObject({
            code: 'mysql.changes_lost',
            message: expect.stringMatching(
              new RegExp(`^The server no longer has all changes: ${why.source}`),
            ) as string,
          })
          const byPosition = new Offsets()
          const [entry] = [...offsets.entries.values()]
          const { gtids: _, ...position } = entry!.offset
          byPosition.commit(entry!.partition, position)
          const gone = await open(config, byPosition)
          await expect(gone.read(1)).rejects.toMatchObject({ code: 'mysql.changes_lost' })
          const needed = await open({ ...config, 'snapshot.mode': 'when_needed' }, copyOf(offsets))
          expect(ids(await needed.read(1))).toEqual([1])
          await own.run(`INSERT INTO t VALUES (2, 'b')`)
          expect(ids(await needed.read(1))).toEqual([2])
          await needed.stop()
        } finally {
          await server.stop()
        }
      })

      test('definitions that change under way: columns first, renamed, dropped, of other types, and tables that take each other’s place', async () => {
        const table = await newTable(`id int PRIMARY KEY, note text, kind enum('a','b')`)
        const raw = configOf(table, { 'table.include.list': `${database.database}\\.${table}.*` })
        const offsets = await begun(raw)
        // Nobody reads meanwhile: each change has to be read as its table was then.
        for (const sql of [
          `INSERT INTO ${table} VALUES (1, 'one', 'a')`,
          `ALTER TABLE ${table} ADD front int FIRST`,
          `INSERT INTO ${table} VALUES (20, 2, 'two', 'b')`,
          `ALTER TABLE ${table} MODIFY kind enum('b','c','a')`,
          `INSERT INTO ${table} VALUES (30, 3, 'three', 'c')`,
          `ALTER TABLE ${table} RENAME COLUMN note TO remark, MODIFY front varchar(10)`,
          `INSERT INTO ${table} VALUES ('x', 4, 'four', 'a')`,
          `CREATE TABLE ${table}_gho LIKE ${table}`,
          `ALTER TABLE ${table}_gho DROP COLUMN front, ADD COLUMN extra decimal(5,2)`,
          `INSERT INTO ${table}_gho (id, remark, kind) SELECT id, remark, kind FROM ${table}`,
          `RENAME TABLE ${table} TO ${table}_del, ${table}_gho TO ${table}`,
          `INSERT INTO ${table} VALUES (5, 'five', 'c', 1.25)`,
          `DROP TABLE ${table}_del`,
        ])
          await database.run(sql)
        const drive = await open(raw, offsets)
        await drive.readUntil(() => ids(drive.records.filter(({ topic }) => topic.endsWith(table))).includes(5))
        const rows = drive.records
          .filter(({ topic }) => topic.endsWith(table))
          .map(
            ({ value }) =>
              JSON.parse(
                JSON.stringify((value as { after: unknown }).after, (_, of: unknown) =>
                  of instanceof Object && 'unscaled' in of ? String(of) : of,
                ),
              ) as unknown,
          )
        expect(rows).toEqual([
          { id: 1, note: 'one', kind: 'a' },
          { front: 20, id: 2, note: 'two', kind: 'b' },
          { front: 30, id: 3, note: 'three', kind: 'c' },
          { front: 'x', id: 4, remark: 'four', kind: 'a' },
          { id: 5, remark: 'five', kind: 'c', extra: '1.25' },
        ])
        expect(drive.records.filter(({ topic }) => topic.endsWith('_gho'))).toHaveLength(4)
      })

      test('without metadata in the log it reads tables as they are, and refuses to guess what has changed', async () => {
        const server = await start({ settings: [`binlog-row-metadata=${leastMetadata}`] })
        try {
          const own = await mysqlDatabase(server)
          await own.run(`CREATE TABLE t (id int PRIMARY KEY, note text, n bigint unsigned, e enum('a','b'), g point)`)
          const config = captureConfig(own, 't')
          const offsets = await begun(config)
          await own.run(`INSERT INTO t VALUES (1, 'ü', 18446744073709551615, 'b', ST_GeomFromText('POINT(1 2)'))`)
          const drive = await open(config, copyOf(offsets))
          const [record] = await drive.read(1)
          expect((record!.value as { after: unknown }).after).toMatchObject({
            id: 1,
            note: 'ü',
            n: -1,
            e: 'b',
            g: { x: 1, y: 2 },
          })
          await drive.stop()
          await own.run(`ALTER TABLE t ADD later int`)
          const changed = await open(config, copyOf(offsets))
          await expect(changed.read(1)).rejects.toMatchObject({
            code: 'mysql.schema_unknown',
            message: expect.stringContaining(`Changes of ${own.database}.t cannot be read`) as string,
          })
          const passing = await open({ ...config, 'inconsistent.schema.handling.mode': 'warn' }, copyOf(offsets))
          await own.run(`INSERT INTO t (id, later) VALUES (2, 3)`)
          await passing.readUntil(() => ids(passing.records).includes(2))
          expect(ids(passing.records)).toEqual([2])
          expect(passing.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toContain(
            'Changes of a table are passed over',
          )
          await passing.stop()
        } finally {
          await server.stop()
        }
      })
    })
  },
)

function copyOf(offsets: Offsets): Offsets {
  const copy = new Offsets()
  for (const { partition, offset } of offsets.entries.values()) copy.commit(partition, offset)
  return copy
}
