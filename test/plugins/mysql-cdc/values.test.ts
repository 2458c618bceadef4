import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Struct } from '../../../src/plugin/index.js'
import type { TestDatabase } from '../../servers/database/test-database.js'
import { serverStartMs } from '../../servers/shared/suites.js'
import { SourceDrive } from '../source-drive.js'
import { captureConfig } from './capture-config.js'
import { servers } from './servers.js'
import { casesOf, type Case } from './value-cases.js'

/** Copies have their ids from here on. */
const copies = 1_000

const texts = {
  'decimal.handling.mode': 'string',
  'time.precision.mode': 'isostring',
  'binary.handling.mode': 'hex',
  'bigint.unsigned.handling.mode': 'precise',
}

/** What a row has of a column; where nothing is left and NULL may not be, the first. */
function valueOf([declaration, ...literals]: Case, row: number): string {
  return literals[row] ?? (declaration.endsWith('NOT NULL') ? literals[0]! : 'NULL')
}

describe.each(servers)(
  'values that the snapshot and the binlog of $name both give',
  ({ name, suite, source, open }) => {
    suite('with a server', () => {
      const cases = casesOf(name)
      let database: TestDatabase
      let count = 0
      beforeAll(async () => {
        database = await open()
        await database.run(`SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = ''`)
      }, serverStartMs)
      afterEach(async () => {
        await database.run(`SET GLOBAL binlog_row_metadata = 'FULL'`)
      })
      afterAll(async () => {
        await database?.drop()
      })

      /** Rows of a new table as the snapshot reads them, and copies of them as the binlog has them; the first is the snapshot's. */
      async function bothOf(
        all: readonly Case[],
        modes: Readonly<Record<string, string>>,
      ): Promise<readonly Struct[][]> {
        const name = `v${count++}`
        await database.run(
          `CREATE TABLE ${name} (id int PRIMARY KEY, ${all.map(([declaration], at) => `c${at} ${declaration}`).join(', ')}) CHARACTER SET utf8mb4 ROW_FORMAT=DYNAMIC`,
        )
        const most = Math.max(...all.map(one => one.length - 1))
        for (let row = 0; row < most; row++)
          await database.run(`INSERT INTO ${name} VALUES (${row}, ${all.map(one => valueOf(one, row)).join(', ')})`)
        const columns = all.map((_, at) => `c${at}`).join(', ')
        const drive = await SourceDrive.open(source, captureConfig(database, name, modes))
        try {
          await drive.read(most)
          await database.run(
            `INSERT INTO ${name} (id, ${columns}) SELECT id + ${copies}, ${columns} FROM ${name} ORDER BY id`,
          )
          await drive.read(most)
          const rows = drive.records.map(({ value }) => (value as Struct)['after'] as Struct)
          return [rows.slice(0, most), rows.slice(most).map(row => ({ ...row, id: (row['id'] as number) - copies }))]
        } finally {
          await drive.stop()
        }
      }

      test.each(
        Object.keys(cases).flatMap(group =>
          [
            ['as it comes', {}],
            ['as texts', texts],
          ].map(([how, modes]) => ({ group, how: how as string, modes: modes as Record<string, string> })),
        ),
      )('$group are the same, $how', async ({ group, modes }) => {
        const [read, changed] = await bothOf(cases[group]!, modes)
        expect(changed).toEqual(read)
      })

      test.each(Object.keys(cases))(
        '%s are the same where the binlog says of columns only what it must',
        async group => {
          await database.run(`SET GLOBAL binlog_row_metadata = 'MINIMAL'`)
          const [read, changed] = await bothOf(cases[group]!, texts)
          expect(changed).toEqual(read)
        },
      )
    })
  },
)
