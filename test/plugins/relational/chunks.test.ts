import {
  chunkQuery,
  maximumKeyQuery,
  type ChunkDialect,
  type ChunkOf,
  type JavaKey,
  type Statement,
} from '@millrace/relational'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { postgresDatabase, type TestDatabase } from '../../servers/database/test-database.js'
import { sharedServer } from '../../servers/shared/shared-servers.js'
import { describeWithPostgres, serverStartMs } from '../../servers/shared/suites.js'

const dialects: readonly ChunkDialect[] = [true, false].map(rowValues => ({
  quote: name => `"${name}"`,
  placeholder: at => `$${at + 1}`,
  printed: name => `"${name}"`,
  rowValues,
}))
const keyOf = (row: readonly unknown[]): JavaKey => row.map(part => ({ java: 'Integer', text: String(part) }))

describeWithPostgres('chunks of a table', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await postgresDatabase(await sharedServer('postgres'))
  }, serverStartMs)
  afterAll(() => database?.drop())

  const rows = ({ sql, params }: Statement) => database.rows(sql, params)

  async function readAll(of: ChunkOf, limit: number, dialect: ChunkDialect): Promise<readonly unknown[]> {
    const [last] = await rows(maximumKeyQuery(of, dialect))
    if (last === undefined) return []
    const found: unknown[] = []
    for (let after: JavaKey | undefined; ;) {
      const chunk = await rows(
        chunkQuery(of, { selection: [...of.key, 'v'].join(', '), after, maximum: keyOf(last), limit }, dialect),
      )
      if (chunk.length === 0) return found
      found.push(...chunk)
      after = keyOf(chunk.at(-1)!.slice(0, of.key.length))
    }
  }

  test.each([1, 2, 3])('with keys of %i columns give every row once, in order', async width => {
    const key = Array.from({ length: width }, (_, at) => `k${at}`)
    const table = `chunked${width}`
    await database.run(
      `CREATE TABLE ${table} (${key.map(name => `${name} int`).join(', ')}, v int, PRIMARY KEY (${key.join(', ')}))`,
    )
    const parts = key.map((_, at) => (at === width - 1 ? 'g' : `g * ${31 + at} % ${5 + at}`))
    await database.run(`INSERT INTO ${table} SELECT ${parts.join(', ')}, g FROM generate_series(1, 120) g`)
    for (const condition of [undefined, 'v < 10 OR v > 60', 'v < 0']) {
      const where = condition === undefined ? '' : `WHERE ${condition}`
      const all = await database.rows(`SELECT * FROM ${table} ${where} ORDER BY ${key.join(', ')}`)
      for (const dialect of dialects)
        for (const limit of [1, 7, 1_000])
          expect(await readAll({ table: `"${table}"`, key, condition }, limit, dialect)).toEqual(all)
    }
  })
})
