import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import plugins from '@millrace/jdbc'
import { schema, type RawConfig, type SinkPlugin } from '../../../src/plugin/index.js'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'
import { SinkDrive, type MadeRecord } from '../sink-drive.js'

const sink = (plugins as readonly { readonly name: string }[]).find(({ name }) => name === 'jdbc-sink') as SinkPlugin

/** Columns that the sink does not make, by their types, each with a text that goes in and what comes out. */
const columns: readonly (readonly [type: string, given: string, stored: string])[] = [
  ['char(5)', 'ab', 'ab   '],
  ['bit(3)', '101', '101'],
  ['varbit(8)', '1010', '1010'],
  ['varchar(12)', `a"b\\c,{}'$1`, `a"b\\c,{}'$1`],
  ['text', 'NULL', 'NULL'],
  ['text', '', ''],
  ['text', ' line\nbreak\ttab ', ' line\nbreak\ttab '],
  ['text', 'Zoë 日本 \u{1f600}', 'Zoë 日本 \u{1f600}'],
  ['mood', 'so "so"', 'so "so"'],
  ['"Odd Type"', '7', '7'],
  ['small', '3', '3'],
  ['point', '(1,2)', '(1,2)'],
  ['box', '(2,2),(1,1)', '(2,2),(1,1)'],
  ['int4range', '[1,5)', '[1,5)'],
  ['jsonb', '{"a": ["b\\\\c", null]}', '{"a": ["b\\\\c", null]}'],
  ['uuid', '3e11fa47-71ca-11e1-9e33-c80aa9429562', '3e11fa47-71ca-11e1-9e33-c80aa9429562'],
  ['inet', '10.0.0.1/8', '10.0.0.1/8'],
  ['interval', '1 day 02:00:00', '1 day 02:00:00'],
  ['timestamptz', '2026-03-01 12:00:00+02', '2026-03-01 10:00:00+00'],
  ['money', '12.5', '$12.50'],
  ['numeric(40,20)', '12345678901234567890.12345678901234567890', '12345678901234567890.12345678901234567890'],
  ['int[]', '{1,NULL,3}', '{1,NULL,3}'],
]
const made = `CREATE TYPE mood AS ENUM ('so "so"', 'fine'); CREATE DOMAIN "Odd Type" AS int CHECK (VALUE < 10); CREATE DOMAIN small AS int2`

describeWithPostgres('rows that are written as arrays', () => {
  let database: TestDatabase
  const drives: SinkDrive[] = []
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
    await database.run(made)
  }, serverStartMs)
  afterAll(async () => {
    await Promise.all(drives.map(drive => drive.close()))
    await database?.drop()
  })
  const open = async (table: string, mode: string, more: RawConfig = {}): Promise<SinkDrive> => {
    const drive = await SinkDrive.open(
      sink,
      {
        ...database.connection,
        'table.name.format': table,
        'insert.mode': mode,
        'pk.mode': 'record_key',
        'delete.enabled': 'true',
        ...more,
      },
      { tolerant: true },
    )
    drives.push(drive)
    return drive
  }
  const keySchema = schema.struct({ id: schema.int32(), part: schema.string() })
  const record = (id: number, fields: readonly string[], values: readonly (string | null)[] | null): MadeRecord => ({
    key: { id, part: `p"${id}` },
    keySchema,
    value: values && Object.fromEntries(fields.map((name, at) => [name, values[at]!])),
    ...(values && {
      valueSchema: schema.struct(Object.fromEntries(fields.map(name => [name, schema.string({ optional: true })]))),
    }),
  })
  const newTable = (name: string, of: readonly string[]): Promise<void> =>
    database.run(
      `CREATE TABLE ${name} (id int, part varchar(20), ${of.map((type, at) => `c${at} ${type}`).join(', ')}, PRIMARY KEY (id, part))`,
    )

  // An array has its rows written one by one; all others together. Both ways must give the same.
  describe.each([
    ['with all types but arrays', columns.filter(([type]) => type !== 'int[]')],
    ['with arrays too', columns],
  ] as const)('%s', (name, of) => {
    const table = name.replaceAll(' ', '_')
    const fields = of.map((_, at) => `c${at}`)
    const rows = () => database.rows(`SELECT id, ${fields.join(', ')} FROM ${table} ORDER BY id`)
    const given = of.map(([, text]) => text)
    const stored = of.map(([, , text]) => text)
    const nulls = of.map(() => null)

    test('texts become what the column is; nothing stays nothing', async () => {
      await newTable(
        table,
        of.map(([type]) => type),
      )
      const drive = await open(table, 'upsert')
      await drive.put([record(1, fields, given), record(2, fields, nulls), record(3, fields, given)])
      expect(await rows()).toEqual([
        ['1', ...stored],
        ['2', ...nulls],
        ['3', ...stored],
      ])
    })

    test('rows are updated and deleted by keys of several columns', async () => {
      const drive = await open(table, 'update')
      await drive.put([
        record(2, fields, given),
        record(3, fields, nulls),
        record(9, fields, given),
        record(1, fields, null),
      ])
      expect(await rows()).toEqual([
        ['2', ...stored],
        ['3', ...nulls],
      ])
    })
  })

  test('each row that does not fit is set aside by itself, whatever is wrong with it', async () => {
    await newTable('strict', ['varchar(3)', '"Odd Type"', 'uuid', 'char(2)', 'bit(3)'])
    const fields = ['c0', 'c1', 'c2', 'c3', 'c4']
    const good = ['abc', '1', '3e11fa47-71ca-11e1-9e33-c80aa9429562', 'ab', '101']
    const bad = [
      ['abcd', ...good.slice(1)],
      ['abc', '10', ...good.slice(2)],
      ['abc', '1', 'no uuid', 'ab', '101'],
      ['abc', '1', good[2]!, 'abc', '101'],
      ['abc', '1', good[2]!, 'ab', '10'],
    ]
    const drive = await open('strict', 'insert')
    await drive.put(bad.flatMap((values, at) => [record(2 * at, fields, good), record(2 * at + 1, fields, values)]))
    expect(drive.rejected.map(({ record: { key } }) => (key as { id: number }).id)).toEqual([1, 3, 5, 7, 9])
    expect((await database.rows('SELECT id FROM strict ORDER BY id')).flat()).toEqual(['0', '2', '4', '6', '8'])
  })
})
