import { acceptSource } from 'millrace/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import plugins from '@millrace/postgres-cdc'
import type { RawConfig, SourcePlugin, Value } from '../../../src/plugin/index.js'
import { startPostgres } from '../../servers/database/start-postgres.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { until } from '../../servers/until.js'
import { Offsets, SourceDrive } from '../source-drive.js'

const source = (plugins as readonly SourcePlugin[])[0]!
const module = new URL('../../../plugins/postgres-cdc/dist/index.js', import.meta.url)

let names = 0

describeWithPostgres('changes of PostgreSQL tables', () => {
  let database: TestDatabase
  const drives: SourceDrive[] = []
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all(drives.map(one => one.stop()))
    await database?.run(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active`,
    )
    await database?.drop()
  })

  const configOf = (table: string, more: RawConfig = {}): RawConfig => ({
    'topic.prefix': table,
    'database.hostname': database.host,
    'database.port': String(database.port),
    'database.user': database.user,
    'database.password': database.password,
    'database.dbname': database.database,
    'slot.name': `slot_${database.database}_${table}`,
    'publication.name': `pub_${table}`,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': `public\\.${table}`,
    'status.update.interval.ms': '500',
    'slot.retry.delay.ms': '200',
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
      const raw = configOf(table, { 'snapshot.mode': 'no_data' })
      await database.run(`CREATE PUBLICATION ${raw['publication.name']} FOR TABLE ${table}`)
      await database.run(`SELECT pg_create_logical_replication_slot('${raw['slot.name']}', 'pgoutput')`)
      return raw
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
    can: { resume: true, follow: true },
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
      drive.records.map(({ key, value }) => [(key as { id: number }).id, (value as { op: string } | null)?.op ?? null]),
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

  type Envelope = {
    readonly op: string
    readonly after: { readonly id: number; readonly note: string | null } | null
    readonly before: { readonly id: number } | null
  }
  const ids = (records: readonly { readonly value: unknown }[]): number[] =>
    records.flatMap(({ value }) => (value as Envelope | null)?.after?.id ?? [])
  const slotOf = async (raw: RawConfig): Promise<{ readonly confirmed: number; readonly lag: number }> => {
    const [row] = await database.rows(
      `SELECT confirmed_flush_lsn - '0/0', pg_current_wal_lsn() - confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '${raw['slot.name']}'`,
    )
    return { confirmed: Number(row![0]), lag: Number(row![1]) }
  }

  test('the slot moves on only over what was committed', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const raw = configOf(table)
    const drive = await open(raw)
    await drive.readFor(500)
    await drive.commit()
    const { confirmed: before } = await slotOf(raw)
    await database.run(`INSERT INTO ${table} SELECT g, 'x' FROM generate_series(1, 100) g`)
    await drive.read(100)
    await drive.readFor(1_500)
    expect((await slotOf(raw)).confirmed).toBe(before)
    await drive.commit()
    await drive.readFor(700)
    expect((await slotOf(raw)).confirmed).toBeGreaterThan(before)
  })

  test('where nothing that is captured happens, the slot follows the log all the same', async () => {
    const table = await newTable('id int PRIMARY KEY')
    const other = await newTable('id int, filler text')
    const raw = configOf(table)
    const drive = await open(raw)
    await drive.readFor(500)
    for (let round = 0; round < 6; round++) {
      await database.run(`INSERT INTO ${other} SELECT g, repeat('x', 1000) FROM generate_series(1, 3000) g`)
      await drive.readFor(700)
      await drive.commit()
    }
    await drive.readFor(1_500)
    await drive.commit()
    await drive.readFor(700)
    expect(drive.records).toEqual([])
    // 18 MB were written meanwhile.
    expect((await slotOf(raw)).lag).toBeLessThan(4 << 20)
  })

  test(
    'rows of a COPY share positions, and none is lost or told twice wherever it was stopped',
    { timeout: 60_000 },
    async () => {
      const table = await newTable('id int PRIMARY KEY, note text')
      const raw = configOf(table, { 'snapshot.mode': 'no_data', 'max.batch.size': '1' })
      const first = await open(raw)
      await first.readFor(500)
      await first.commit()
      await first.stop()
      await database.run(
        `INSERT INTO ${table} SELECT g, 'x' FROM generate_series(1, 40) g; UPDATE ${table} SET id = id + 100`,
      )
      // Of each of the forty changes of a key three records: 160 in all.
      const whole = new Offsets()
      for (const [key, entry] of first.offsets.entries) whole.entries.set(key, entry)
      const all = await (await open(raw, whole)).read(160)
      await drives.at(-1)!.stop()
      const shown = (records: typeof all): unknown[] =>
        records.map(({ key, value }) => [key, (value as Envelope | null)?.op])
      for (const stopped of [1, 39, 40, 41, 42, 43, 44, 100, 159]) {
        const offsets = new Offsets()
        for (const [key, entry] of first.offsets.entries) offsets.entries.set(key, entry)
        const before = await open(raw, offsets)
        const read = await before.read(stopped)
        const { partition, offset } = read.at(-1)!
        offsets.commit(partition!, offset!)
        await before.stop()
        const after = await open(raw, offsets)
        // A change of several records comes again whole where it was cut.
        const again = stopped > 40 ? (stopped - 40) % 3 : 0
        const rest = await after.read(160 - stopped + again)
        expect(shown(read), `until ${stopped}`).toEqual(shown(all).slice(0, stopped))
        expect(shown(rest), `from ${stopped}`).toEqual(shown(all).slice(stopped - again))
        expect(await after.readFor(100)).toEqual([])
        await after.stop()
      }
    },
  )

  test(
    'changes made while rows are read come after them, and what is read together is true',
    { timeout: 60_000 },
    async () => {
      const table = await newTable('id int PRIMARY KEY, note text')
      await database.run(`INSERT INTO ${table} SELECT g, 'old' FROM generate_series(1, 20000) g`)
      const raw = configOf(table, { 'snapshot.fetch.size': '100' })
      for (const stopAt of [6_000, 19_999]) {
        const offsets = new Offsets()
        const first = await open(raw, offsets)
        await first.read(stopAt)
        await database.run(
          `UPDATE ${table} SET note = 'new' WHERE id % 100 = 0; INSERT INTO ${table} VALUES (${100_000 + stopAt}, 'added')`,
        )
        await first.commit()
        await first.stop()
      }
      // Both were cut off, so that all rows are read again, as they are now.
      const last = await open(raw)
      await last.readUntil(() => last.records.length >= 20_002)
      await database.run(`DELETE FROM ${table} WHERE id = 1`)
      await last.readUntil(() => last.records.some(({ value }) => (value as Envelope | null)?.op === 'd'))
      const state = new Map<number, string | null>()
      for (const { key, value } of last.records) {
        const { id } = key as { id: number }
        const after = (value as Envelope | null)?.after
        if (after) state.set(id, after.note)
        else state.delete(id)
      }
      const rows = await database.rows(`SELECT id, note FROM ${table} ORDER BY id`)
      expect([...state].toSorted(([a], [b]) => a - b).map(([id, note]) => [String(id), note])).toEqual(rows)
    },
  )

  /** The server notices a moment after a connection has ended that nobody uses its slot any more. */
  const free = (raw: RawConfig): Promise<void> =>
    until(
      () => 'the slot to be free',
      10_000,
      async () => {
        const [row] = await database.rows(
          `SELECT active FROM pg_replication_slots WHERE slot_name = '${raw['slot.name']}'`,
        )
        return row?.[0] === 'f'
      },
    )

  test('a slot that was dropped, or moved on by hand, fails and says what is lost; when_needed reads all anew', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const raw = configOf(table)
    const first = await open(raw)
    await database.run(`INSERT INTO ${table} VALUES (1, 'a')`)
    await first.read(1)
    await first.commit()
    await first.stop()
    await free(raw)
    await database.run(`SELECT pg_drop_replication_slot('${raw['slot.name']}')`)
    await database.run(`INSERT INTO ${table} VALUES (2, 'lost')`)
    await expect((await open(raw, first.offsets)).read(1)).rejects.toMatchObject({ code: 'postgres.changes_lost' })
    const again = await open({ ...raw, 'snapshot.mode': 'when_needed' }, first.offsets)
    expect(ids(await again.read(2))).toEqual([1, 2])
    await again.readFor(200)
    await again.commit()
    await again.stop()
    await free(raw)
    await database.run(`INSERT INTO ${table} VALUES (3, 'skipped')`)
    await database.run(`SELECT pg_replication_slot_advance('${raw['slot.name']}', pg_current_wal_lsn())`)
    await expect((await open(raw, first.offsets)).read(1)).rejects.toThrow('those between are lost')
  })

  test('two connectors on one slot: the second waits, then takes over', { timeout: 60_000 }, async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const raw = configOf(table, { 'slot.max.retries': '100', 'slot.retry.delay.ms': '50' })
    const first = await open(raw)
    await first.readFor(300)
    await first.commit()
    const second = await open(raw, first.offsets)
    const reading = second.readUntil(() => second.records.length > 0, 30_000)
    await new Promise(resolve => setTimeout(resolve, 300))
    await first.stop()
    await database.run(`INSERT INTO ${table} VALUES (1, 'x')`)
    await reading
    expect(ids(second.records)).toEqual([1])
    const impatient = await open({ ...raw, 'slot.max.retries': '1' }, first.offsets)
    await expect(impatient.read(1)).rejects.toThrow(/is in use by the server's process \d+/)
  })

  test('a slow reader holds the server back and is not taken for dead', { timeout: 90_000 }, async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const raw = configOf(table, { 'max.queue.size': '4096', 'status.update.interval.ms': '200' })
    const drive = await open(raw)
    await drive.readFor(500)
    await database.run(`INSERT INTO ${table} SELECT g, repeat('x', 500) FROM generate_series(1, 100000) g`)
    await drive.read(1)
    const before = process.memoryUsage().rss
    // Longer than the server waits for a sign of life (see the setting of this server below).
    await new Promise(resolve => setTimeout(resolve, 4_000))
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20)
    await drive.readUntil(() => drive.records.length >= 100_000, 60_000)
    expect(ids(drive.records)).toEqual(Array.from({ length: 100_000 }, (_, at) => at + 1))
  })

  test('heartbeats are written, and their statement is run', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const beats = await newTable('at timestamptz')
    const drive = await open(
      configOf(table, {
        'heartbeat.interval.ms': '100',
        'heartbeat.action.query': `INSERT INTO ${beats} VALUES (now())`,
      }),
    )
    await drive.readUntil(() => drive.records.length >= 2)
    expect(drive.records.map(({ topic, key }) => [topic, key])).toContainEqual([
      `__debezium-heartbeat.${table}`,
      { serverName: table },
    ])
    expect(Number((await database.rows(`SELECT count(*) FROM ${beats}`))[0]![0])).toBeGreaterThan(0)
  })

  test('messages that a transaction leaves in the log are records', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    const drive = await open(configOf(table))
    await drive.readFor(500)
    await database.run(
      `SELECT pg_logical_emit_message(true, 'mine', 'hello'), pg_logical_emit_message(false, 'mine', 'now')`,
    )
    await drive.read(2)
    expect(
      drive.records
        .map(({ topic, value }) => {
          const { op, message } = value as { op: string; message: { prefix: string; content: Uint8Array } }
          return [topic, op, message.prefix, Buffer.from(message.content).toString()]
        })
        .toSorted((a, b) => (a[3]! < b[3]! ? -1 : 1)),
    ).toEqual([
      [`${table}.message`, 'm', 'mine', 'hello'],
      [`${table}.message`, 'm', 'mine', 'now'],
    ])
  })

  test('progress of the first rows is told, of an estimate', async () => {
    const table = await newTable('id int PRIMARY KEY, note text')
    await database.run(`INSERT INTO ${table} SELECT g, 'x' FROM generate_series(1, 5000) g; ANALYZE ${table}`)
    const drive = await open(configOf(table, { 'snapshot.fetch.size': '1000' }))
    await drive.read(5_000)
    expect(drive.progress[0]).toEqual([0, 5_000])
    expect(drive.progress.map(([done]) => done)).toEqual(expect.arrayContaining([1_000, 2_000, 5_000]))
  })

  test('what is wrong is told before it starts, each with its key, and without the password', async () => {
    const table = await newTable('id int PRIMARY KEY')
    const raw = configOf(table)
    const wrong = await SourceDrive.validate(source, { ...raw, 'database.password': 'hunter2-wrong' })
    expect(wrong.map(({ key }) => key)).toEqual(['database.hostname', 'database.user', 'database.password'])
    expect(JSON.stringify(wrong)).not.toContain('hunter2')
    await database.run(
      `DROP ROLE IF EXISTS plain_${database.database}; CREATE ROLE plain_${database.database} LOGIN PASSWORD 'p'`,
    )
    const denied = await SourceDrive.validate(source, {
      ...raw,
      'database.user': `plain_${database.database}`,
      'database.password': 'p',
    })
    expect(denied.map(({ message }) => message)).toEqual([expect.stringContaining('has no right to replicate')])
    await database.run(`DROP ROLE plain_${database.database}`)
    const keys = await SourceDrive.validate(source, {
      ...raw,
      'table.exclude.list': 'x',
      'column.include.list': '(',
      'message.key.columns': 'nothing',
      'max.queue.size': '10',
      'database.server.name': 'old',
      converters: 'isbn',
    })
    expect(keys.map(({ key }) => key)).toEqual([
      'column.include.list',
      'table.exclude.list',
      'message.key.columns',
      'max.queue.size',
      'database.server.name',
      'converters',
    ])
  })
})

describeWithPostgres('a PostgreSQL that breaks', () => {
  test(
    'a killed server, cut connections and one that stands still: nothing is lost',
    { timeout: 180_000 },
    async () => {
      const server = await startPostgres({ settings: ['wal_sender_timeout=2s'] })
      const database = await postgresDatabase(server)
      try {
        await database.run('CREATE TABLE kept (id int PRIMARY KEY)')
        const raw: RawConfig = {
          'topic.prefix': 'kept',
          'database.hostname': server.host,
          'database.port': String(server.port),
          'database.user': server.user,
          'database.password': server.password,
          'database.dbname': database.database,
          'status.update.interval.ms': '300',
          'slot.retry.delay.ms': '100',
          'slot.max.retries': '100',
        }
        const offsets = new Offsets()
        const seen = new Set<number>()
        let drive = await SourceDrive.open(source, raw, { offsets })
        let next = 0
        /** As the runtime does: opened again from what was committed, for as long as the failure says so. */
        const readAll = async (): Promise<void> => {
          const deadline = Date.now() + 60_000
          while (seen.size < next && Date.now() < deadline) {
            try {
              await drive.readUntil(() => drive.records.length > 0, 5_000)
              for (const { key } of drive.records.splice(0)) seen.add((key as { id: number }).id)
              await drive.commit()
            } catch (error) {
              expect(error).toMatchObject({ disposition: 'retry' })
              await drive.stop()
              drive = await SourceDrive.open(source, raw, { offsets })
              await new Promise(resolve => setTimeout(resolve, 200))
            }
          }
          expect(seen.size).toBe(next)
        }
        const insert = async (): Promise<void> => {
          await database.run(`INSERT INTO kept SELECT g FROM generate_series(${next}, ${next + 499}) g`)
          next += 500
        }
        await insert()
        await readAll()
        await insert()
        await server.kill()
        await server.start()
        await readAll()
        await insert()
        await database.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_replication`)
        await readAll()
        server.pause()
        await new Promise(resolve => setTimeout(resolve, 4_000))
        server.resume()
        await insert()
        await readAll()
        await drive.stop()
      } finally {
        await server.stop()
      }
    },
  )

  test('wal_level=replica is refused with what to do', { timeout: 60_000 }, async () => {
    const server = await startPostgres({ settings: ['wal_level=replica'] })
    try {
      const issues = await SourceDrive.validate(source, {
        'topic.prefix': 'x',
        'database.hostname': server.host,
        'database.port': String(server.port),
        'database.user': server.user,
        'database.password': server.password,
        'database.dbname': server.database,
      })
      expect(issues.map(({ message }) => message)).toEqual([expect.stringContaining('must be "logical"')])
    } finally {
      await server.stop()
    }
  })

  test('a slot whose changes the server has removed fails at once', { timeout: 120_000 }, async () => {
    const server = await startPostgres({
      settings: ['max_slot_wal_keep_size=1MB', 'max_wal_size=32MB', 'min_wal_size=32MB'],
    })
    const database = await postgresDatabase(server)
    try {
      await database.run('CREATE TABLE t (id int PRIMARY KEY, filler text)')
      const raw: RawConfig = {
        'topic.prefix': 'lost',
        'database.hostname': server.host,
        'database.port': String(server.port),
        'database.user': server.user,
        'database.password': server.password,
        'database.dbname': database.database,
      }
      const first = await SourceDrive.open(source, raw)
      await database.run(`INSERT INTO t VALUES (0, 'x')`)
      await first.read(1)
      await first.readFor(200)
      await first.commit()
      await first.stop()
      for (let round = 0; round < 8; round++) {
        await database.run(
          `INSERT INTO t SELECT g, repeat('x', 2000) FROM generate_series(${round * 10_000 + 1}, ${round * 10_000 + 10_000}) g`,
        )
        await database.run('SELECT pg_switch_wal(); CHECKPOINT')
      }
      const again = await SourceDrive.open(source, raw, { offsets: first.offsets })
      await expect(again.read(1)).rejects.toMatchObject({ code: 'postgres.slot_lost', disposition: 'fatal' })
    } finally {
      await server.stop()
    }
  })
})
