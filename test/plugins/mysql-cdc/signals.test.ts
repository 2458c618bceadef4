import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RawConfig, SourceRecord } from '../../../src/plugin/index.js'
import { sequence } from '../../servers/database/sequence.js'
import type { TestDatabase } from '../../servers/database/test-database.js'
import { serverStartMs } from '../../servers/shared/suites.js'
import { until as untilTrue } from '../../servers/until.js'
import { Offsets, SourceDrive } from '../source-drive.js'
import { captureConfig } from './capture-config.js'
import { servers } from './servers.js'

let names = 0

const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value)

type Envelope = {
  readonly op: string
  readonly before: { readonly id: number } | null
  readonly after: { readonly id: number; readonly note: string } | null
  readonly source: { readonly snapshot: string }
}
type Notice = { readonly type: string; readonly additional_data: ReadonlyMap<string, string> }

describe.each(servers)('signals of the connector for $name', ({ suite, source, open: openDatabase }) => {
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

    /** A table with so many rows, a signal table beside it, and a connector's configuration for both. */
    const newTable = async (
      rows: number,
      columns = 'id int PRIMARY KEY, note text',
    ): Promise<readonly [string, RawConfig]> => {
      const table = `s${names++}`
      await database.run(`CREATE TABLE ${table} (${columns})`)
      await database.run(
        `CREATE TABLE ${table}_signal (id varchar(42) PRIMARY KEY, type varchar(32), data varchar(2048))`,
      )
      await database.run(`INSERT INTO ${table} SELECT seq, 'old' FROM ${sequence(1, rows)}`)
      return [
        table,
        captureConfig(database, table, {
          'signal.data.collection': `${database.database}.${table}_signal`,
          'notification.enabled.channels': 'sink',
          'notification.sink.topic.name': `${table}.notices`,
          'incremental.snapshot.chunk.size': '100',
          'snapshot.mode': 'no_data',
        }),
      ]
    }
    const open = async (raw: RawConfig, offsets?: Offsets): Promise<SourceDrive> => {
      const drive = await SourceDrive.open(source, raw, { ...(offsets && { offsets }) })
      drives.push(drive)
      return drive
    }
    let signals = 0
    const signal = (table: string, type: string, data: unknown): Promise<unknown> =>
      database.run(
        `INSERT INTO ${table}_signal VALUES ('sig-${signals++}', '${type}', '${JSON.stringify(data).replaceAll("'", "''")}')`,
      )
    const execute = (table: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
      signal(table, 'execute-snapshot', { 'data-collections': [`${database.database}.${table}`], ...more })
    const of = (records: readonly SourceRecord[], table: string): readonly Envelope[] =>
      records
        .filter(({ topic }) => topic === `${table}.${database.database}.${table}`)
        .flatMap(({ value }) => (value as Envelope | null) ?? [])
    const read = (records: readonly SourceRecord[], table: string): readonly number[] =>
      of(records, table).flatMap(({ op, after }) => (op === 'r' ? after!.id : []))
    const notices = (drive: SourceDrive): readonly Notice[] =>
      drive.records.flatMap(({ topic, value }) => (topic.endsWith('.notices') ? (value as Notice) : []))
    const told = (drive: SourceDrive): readonly string[] =>
      notices(drive).map(({ type, additional_data }) => {
        const status = additional_data.get('status')
        return status === undefined ? type : `${type} ${status}`
      })
    const until = (drive: SourceDrive, type: string): Promise<void> =>
      drive.readUntil(() => notices(drive).some(notice => notice.type === type))
    /** What a table is by the records alone. */
    const replayed = (records: readonly SourceRecord[], table: string): ReadonlyMap<number, string> => {
      const rows = new Map<number, string>()
      for (const { op, before, after } of of(records, table))
        if (op === 't') rows.clear()
        else if (after === null) rows.delete(before!.id)
        else rows.set(after.id, after.note)
      return rows
    }
    const actual = async (table: string): Promise<ReadonlyMap<number, string>> =>
      new Map((await database.rows(`SELECT id, note FROM ${table}`)).map(([id, note]) => [Number(id), String(note)]))
    const numbers = (from: number, to: number): readonly number[] =>
      Array.from({ length: to - from + 1 }, (_, at) => from + at)

    for (const strategy of ['INSERT_INSERT', 'INSERT_DELETE'])
      test(`an incremental snapshot reads all rows, in chunks, and says so: ${strategy}`, async () => {
        const [table, raw] = await newTable(250)
        const drive = await open({ ...raw, 'incremental.snapshot.watermarking.strategy': strategy })
        await drive.readFor(300)
        await execute(table)
        await until(drive, 'COMPLETED')
        await drive.readFor(500)
        expect(read(drive.records, table)).toEqual(numbers(1, 250))
        expect(of(drive.records, table).every(one => one.source.snapshot === 'incremental')).toBe(true)
        expect(told(drive)).toEqual([
          'SKIPPED',
          'STARTED',
          ...Array<string>(3).fill('IN_PROGRESS'),
          'TABLE_SCAN_COMPLETED SUCCEEDED',
          'COMPLETED',
        ])
        expect(notices(drive).at(-2)!.additional_data.get('total_rows_scanned')).toBe('250')
        await drive.commit()
        expect([...drive.offsets.entries.values()][0]!.offset).not.toHaveProperty('incremental_snapshot_collections')
      })

    test('rows that change while it runs end in their last state', { timeout: 60_000 }, async () => {
      const [table, raw] = await newTable(3_000)
      const drive = await open(raw)
      await drive.readFor(300)
      await execute(table)
      const done = new AbortController()
      const writing = (async () => {
        for (let round = 0; !done.signal.aborted; round++) {
          const id = 1 + ((round * 37) % 3_000)
          await database.run(`UPDATE ${table} SET note = 'u${round}' WHERE id BETWEEN ${id} AND ${id + 20}`)
          await database.run(`DELETE FROM ${table} WHERE id = ${1 + ((round * 53) % 3_000)}`)
          await database.run(`INSERT INTO ${table} VALUES (${10_000 + round}, 'new')`)
          await database.run(`UPDATE ${table} SET id = ${20_000 + round} WHERE id = ${1 + ((round * 71) % 3_000)}`)
        }
      })()
      await until(drive, 'COMPLETED')
      done.abort()
      await writing
      await drive.readFor(1_500)
      expect(replayed(drive.records, table)).toEqual(await actual(table))
      expect(read(drive.records, table).length).toBeGreaterThan(1_000)
    })

    test.each([
      [
        'of some rows',
        `UPDATE # SET note = 'new' WHERE id = 5; DELETE FROM # WHERE id = 6; UPDATE # SET id = 70 WHERE id = 7;`,
      ],
      ['of a key that is read later', `UPDATE # SET id = 71 WHERE id = 8; INSERT INTO # VALUES (8, 'again');`],
      ['of all', `DELETE FROM #;`],
    ])('a change between a chunk and its end wins: %s', async (_, change) => {
      const [table, raw] = await newTable(30)
      // Right before the first end is marked, in its transaction.
      await database.run(
        `CREATE TRIGGER ${table}_change BEFORE INSERT ON ${table}_signal FOR EACH ROW BEGIN
           IF NEW.type = 'snapshot-window-close' AND NOT EXISTS (SELECT 1 FROM ${table}_signal WHERE type = NEW.type) THEN
             ${change.replaceAll('#', table)}
           END IF; END`,
      )
      // What a replay of changes alone must know of beforehand.
      const drive = await open({
        ...raw,
        'snapshot.mode': 'initial',
        'incremental.snapshot.chunk.size': '20',
        'skipped.operations': 'none',
      })
      await drive.readUntil(() => told(drive).includes('COMPLETED'))
      await execute(table)
      await drive.readUntil(() => told(drive).filter(type => type === 'COMPLETED').length === 2)
      await drive.readFor(300)
      expect(replayed(drive.records, table)).toEqual(await actual(table))
    })

    test('stopped at any record it goes on from there, and leaves nothing out', { timeout: 90_000 }, async () => {
      const [table, raw] = await newTable(350)
      const first = await open({ ...raw, 'max.batch.size': '1' })
      await first.readFor(300)
      await first.commit()
      await execute(table)
      await until(first, 'COMPLETED')
      await first.stop()
      const all = first.records
      for (const at of [1, 2, 3, 50, 101, 102, 150, 204, 300, all.length - 1]) {
        const offsets = new Offsets()
        for (const [key, entry] of first.offsets.entries) offsets.entries.set(key, entry)
        const { partition, offset } = all[at - 1]!
        offsets.commit(partition!, offset!)
        const after = await open(raw, offsets)
        await after.readUntil(
          () => new Set([...read(all.slice(0, at), table), ...read(after.records, table)]).size === 350,
        )
        await after.readFor(300)
        // Each row once, also over the stop.
        expect([...read(all.slice(0, at), table), ...read(after.records, table)], `from ${at}`).toEqual(numbers(1, 350))
        await after.stop()
      }
    })

    test('it pauses, goes on, and stops when it is told to', async () => {
      const [table, raw] = await newTable(1_000)
      const drive = await open({ ...raw, 'incremental.snapshot.chunk.size': '10' })
      await drive.readFor(300)
      await execute(table)
      await drive.readUntil(() => read(drive.records, table).length >= 20)
      await signal(table, 'pause-snapshot', { type: 'incremental' })
      await until(drive, 'PAUSED')
      await drive.readFor(500)
      const paused = read(drive.records, table).length
      expect(paused).toBeLessThan(1_000)
      await drive.readFor(500)
      expect(read(drive.records, table)).toHaveLength(paused)
      await signal(table, 'resume-snapshot', { type: 'incremental' })
      await drive.readUntil(() => read(drive.records, table).length > paused)
      await signal(table, 'stop-snapshot', { type: 'incremental' })
      await until(drive, 'ABORTED')
      const stopped = read(drive.records, table)
      expect(await drive.readFor(500).then(records => read(records, table))).toEqual([])
      expect(stopped).toEqual(numbers(1, stopped.length))
      expect(told(drive)).toContain('RESUMED')
      expect(told(drive)).not.toContain('COMPLETED')
    })

    test('conditions choose rows; what cannot be read is said and left out', async () => {
      const [table, raw] = await newTable(20)
      await database.run(`CREATE TABLE ${table}_keyless (id int NOT NULL, maybe int, note text)`)
      await database.run(`INSERT INTO ${table}_keyless VALUES (1, 1, 'a'), (2, 2, 'b')`)
      await database.run(`CREATE TABLE ${table}_empty (id int PRIMARY KEY)`)
      const drive = await open({ ...raw, 'table.include.list': `${database.database}\\.${table}.*` })
      await drive.readFor(300)
      await execute(table, {
        'additional-conditions': [{ 'data-collection': `${database.database}.${table}`, filter: 'id > 15' }],
      })
      await drive.readUntil(() => told(drive).includes('COMPLETED'))
      expect(read(drive.records, table)).toEqual([16, 17, 18, 19, 20])
      const outcome = async (data: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
        const before = notices(drive).length
        await signal(table, 'execute-snapshot', data)
        await drive.readUntil(() => told(drive).slice(before).includes('COMPLETED'))
        return told(drive)
          .slice(before)
          .filter(one => one.startsWith('TABLE_SCAN'))
      }
      const one = (name: string) => ({ 'data-collections': [`${database.database}.${name}`] })
      expect(await outcome(one(`${table}_keyless`))).toEqual(['TABLE_SCAN_COMPLETED NO_PRIMARY_KEY'])
      expect(await outcome({ ...one(`${table}_keyless`), 'surrogate-key': 'maybe' })).toEqual([
        'TABLE_SCAN_COMPLETED NO_PRIMARY_KEY',
      ])
      expect(await outcome({ ...one(`${table}_keyless`), 'surrogate-key': 'id' })).toEqual([
        'TABLE_SCAN_COMPLETED SUCCEEDED',
      ])
      expect(drive.records.filter(({ topic }) => topic.endsWith('_keyless'))).toHaveLength(2)
      expect(await outcome(one(`${table}_empty`))).toEqual(['TABLE_SCAN_COMPLETED EMPTY'])
      expect(await outcome(one('not_there'))).toEqual(['TABLE_SCAN_COMPLETED UNKNOWN_SCHEMA'])
      const wrong = [{ 'data-collection': `${database.database}.${table}`, filter: 'no such' }]
      expect(await outcome({ ...one(table), 'additional-conditions': wrong })).toEqual([
        'TABLE_SCAN_COMPLETED SQL_EXCEPTION',
      ])
      await database.run(`INSERT INTO ${table}_signal VALUES ('bad', 'execute-snapshot', '{'), ('odd', 'dance', '{}')`)
      await database.run(`INSERT INTO ${table} VALUES (99, 'x')`)
      await drive.readUntil(() => of(drive.records, table).some(({ op }) => op === 'c'))
      expect(drive.log.filter(({ message }) => message === 'A signal is ignored')).toHaveLength(2)
    })

    test('a blocking snapshot is read at once, and again where it was cut', { timeout: 60_000 }, async () => {
      const [table, raw] = await newTable(500)
      const drive = await open({ ...raw, 'max.batch.size': '1', 'snapshot.fetch.size': '50' })
      await drive.readFor(300)
      await drive.commit()
      await database.run(`UPDATE ${table} SET note = 'before' WHERE id = 1`)
      // The snapshot may see that change too.
      const isLast = ({ records }: SourceDrive): boolean => {
        const last = of(records, table).at(-1)
        return last?.op === 'u' && last.after?.note === 'after'
      }
      const conditions = [{ 'data-collection': `${database.database}.${table}`, filter: 'id <= 400' }]
      await execute(table, { type: 'blocking', 'additional-conditions': conditions })
      await database.run(`UPDATE ${table} SET note = 'after' WHERE id = 2`)
      await drive.readUntil(() => isLast(drive))
      const all = drive.records
      await drive.stop()
      // In the order in which the table has them.
      expect(read(all, table).toSorted((a, b) => a - b)).toEqual(numbers(1, 400))
      expect(of(all, table).map(({ op }) => op)).toEqual(['u', ...Array<string>(400).fill('r'), 'u'])
      expect(told(drive)).toEqual(['SKIPPED', 'STARTED', 'IN_PROGRESS', 'TABLE_SCAN_COMPLETED SUCCEEDED', 'COMPLETED'])
      const { partition, offset } = all[200]!
      const offsets = new Offsets()
      offsets.commit(partition!, offset!)
      const again = await open(raw, offsets)
      await again.readUntil(() => isLast(again))
      expect(read(again.records, table).toSorted((a, b) => a - b)).toEqual(numbers(1, 400))
      expect(of(again.records, table)[0]!.op).toBe('r')
    })

    test('signals come by a file, which is empty then, and changes meanwhile win', { timeout: 60_000 }, async () => {
      const [table, raw] = await newTable(1_000)
      const folder = await mkdtemp(path.join(tmpdir(), 'millrace-signals-'))
      const file = path.join(folder, 'signals.txt')
      const drive = await open({
        ...raw,
        'signal.enabled.channels': 'file',
        'signal.file': file,
        'signal.poll.interval.ms': '50',
      })
      await drive.readFor(300)
      // Rows of the table ask for nothing then.
      await execute(table)
      const data = { 'data-collections': [`${database.database}.${table}`] }
      await writeFile(file, `no signal\n${JSON.stringify({ id: 'f1', type: 'execute-snapshot', data })}\n`)
      const done = new AbortController()
      const writing = (async () => {
        for (let round = 0; !done.signal.aborted; round++) {
          await database.run(`UPDATE ${table} SET note = 'u${round}' WHERE mod(id, 50) = ${round % 50}`)
          await database.run(`DELETE FROM ${table} WHERE id = ${1 + ((round * 53) % 1_000)}`)
        }
      })()
      await until(drive, 'COMPLETED')
      done.abort()
      await writing
      await drive.readFor(1_500)
      expect(replayed(drive.records, table)).toEqual(await actual(table))
      expect(told(drive).filter(type => type === 'STARTED')).toHaveLength(1)
      expect(await readFile(file, 'utf8')).toBe('')
      await rm(folder, { recursive: true })
    })

    test.each([
      ['numbers beyond 2^53', 'bigint unsigned', ['1', '9007199254740993', '9007199254740994', '18446744073709551615']],
      ['labels that are no alphabet', `enum('z','b','y','a')`, [`'z'`, `'b'`, `'y'`, `'a'`]],
      ['bytes', 'binary(16)', [`x'00'`, `x'7f00'`, `x'80ff'`, `x'ffff'`]],
      ['decimals', 'decimal(20,4)', ['-10.5', '9', '10.0001', '1234567890123456.7']],
      ['floats', 'float', ['-1.5', '0.1', '0.2', '1e10']],
      ['bits', 'bit(10)', [`b'1'`, `b'1111'`, `b'100000000'`, `b'1111111111'`]],
      [
        'times',
        'datetime(6)',
        [`'1999-01-01'`, `'2024-02-29 12:00:00.000001'`, `'2024-02-29 12:00:00.000002'`, `'2025-01-01'`],
      ],
      ['texts', 'varchar(20)', [`'a'`, `'B'`, `'c?'`, `'ü\\\\'''`]],
    ])('rows with keys of all kinds are read, each once: %s', async (_, type, keys) => {
      const [table, raw] = await newTable(1)
      await database.run(
        `CREATE TABLE ${table}_keys (fixed int, \`a \`\`key?\` ${type}, PRIMARY KEY (fixed, \`a \`\`key?\`))`,
      )
      await database.run(`INSERT INTO ${table}_keys VALUES ${keys.map(one => `(1, ${one})`).join(', ')}`)
      const drive = await open({
        ...raw,
        'incremental.snapshot.chunk.size': '1',
        'table.include.list': `${database.database}\\.${table}_keys`,
        'decimal.handling.mode': 'string',
      })
      await drive.readFor(300)
      await execute(table, { 'data-collections': [`${database.database}.${table}_keys`] })
      await until(drive, 'COMPLETED')
      const found = drive.records
        .filter(({ topic }) => topic.endsWith('_keys'))
        .map(({ key }) =>
          Object.values(key as object)
            .map(textOf)
            .join(' '),
        )
      expect(found).toHaveLength(keys.length)
      expect(new Set(found).size).toBe(keys.length)
      expect(told(drive)).toContain('TABLE_SCAN_COMPLETED SUCCEEDED')
    })

    test('a table that is emptied while a chunk waits stays empty', async () => {
      const [table, raw] = await newTable(100)
      // The end of a chunk is marked when the test lets go of the lock.
      await database.run(
        `CREATE TRIGGER ${table}_wait BEFORE INSERT ON ${table}_signal FOR EACH ROW
           IF NEW.type = 'snapshot-window-close' THEN DO GET_LOCK('${table}', 20), RELEASE_LOCK('${table}'); END IF`,
      )
      const drive = await open({ ...raw, 'snapshot.mode': 'initial', 'skipped.operations': 'none' })
      await drive.readUntil(() => told(drive).includes('COMPLETED'))
      await database.run(`DO GET_LOCK('${table}', 5)`)
      await execute(table)
      const reading = drive.readUntil(() => told(drive).filter(type => type === 'COMPLETED').length === 2)
      await untilTrue(
        () => 'the end of the chunk to be marked',
        10_000,
        async () => {
          const waiting = `SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User lock' AND INFO LIKE '%${table}%'`
          return (await database.rows(waiting)).length > 0
        },
      )
      await database.run(`TRUNCATE ${table}`)
      await database.run(`DO RELEASE_LOCK('${table}')`)
      await reading
      expect(of(drive.records, table).map(({ op }) => op)).toEqual([...Array<string>(100).fill('r'), 't'])
      await drive.readFor(300)
      expect(replayed(drive.records, table)).toEqual(new Map())
    })

    test('what is not there is refused, each with its sentence', async () => {
      const [, raw] = await newTable(1)
      const issues = await SourceDrive.validate(source, {
        ...raw,
        'signal.enabled.channels': 'source,kafka',
        'notification.enabled.channels': 'jmx',
        'read.only': 'true',
      })
      expect(issues.map(({ key, message }) => [key, message])).toEqual([
        ['signal.enabled.channels', expect.stringContaining('"kafka"')],
        ['notification.enabled.channels', expect.stringContaining('"jmx"')],
        ['read.only', expect.stringContaining('signal table')],
      ])
    })
  })
})
