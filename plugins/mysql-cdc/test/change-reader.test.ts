import { CdcTable } from '@millrace/relational'
import { schema } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import type { BinlogEvent, EventHeader } from '../src/binlog-events.js'
import type { ChangeReaderParts } from '../src/change-reader-parts.js'
import { ChangeReader } from '../src/change-reader.js'
import type { BinlogConfig } from '../src/config.js'
import { resumePoint, type BinlogOffset } from '../src/offset.js'
import type { Raw } from '../src/raw.js'
import { sourceSchemas } from '../src/source-block.js'
import type { KnownTable } from '../src/tables.js'

type Body = BinlogEvent extends infer E ? (E extends EventHeader ? Omit<E, keyof EventHeader> : never) : never

/** An event that the server has logged: where it stands, and where the next one does. */
interface Logged {
  readonly start: number
  readonly next: number
  readonly body: Body
}

const server = { mysql: '3e11fa47-71ca-11e1-9e33-c80aa9429562', mariadb: '0-1' } as const
type Flavour = keyof typeof server

const table = (id: number): Body => ({
  type: 'table',
  table: {
    id,
    database: 'shop',
    name: 'orders',
    columns: [],
    key: [0],
    stored: () => undefined,
    problem: undefined,
  },
})
const insert = (...ids: readonly number[]): Body => ({ type: 'insert', tableId: 7, rows: ids.map(id => ({ id })) })
const update = (from: number, to: number): Body => ({
  type: 'update',
  tableId: 7,
  rows: [{ before: { id: from }, after: { id: to } }],
})
const query = (sql: string): Body => ({ type: 'query', database: 'shop', sql, thread: 5 })

/** Writes a log as one of the servers does. */
class Log {
  readonly events: Logged[] = []
  readonly #flavour: Flavour
  #end = 4
  #number = 0

  constructor(flavour: Flavour) {
    this.#flavour = flavour
  }

  add(body: Body): void {
    this.events.push({ start: this.#end, next: this.#end + 100, body })
    this.#end += 100
  }

  gtid(begins: boolean): void {
    const isMariadb = this.#flavour === 'mariadb'
    const of = { type: 'gtid', begins: begins && isMariadb, committed: undefined } as const
    const gtid = `${server[this.#flavour]}${isMariadb ? '-' : ':'}${++this.#number}`
    this.add({ ...of, gtid, serverId: isMariadb ? 1 : undefined, thread: undefined })
  }

  transaction(...bodies: readonly Body[]): void {
    this.gtid(true)
    if (this.#flavour === 'mysql') this.add(query('BEGIN'))
    for (const body of bodies) this.add(body)
    this.add({ type: 'commit' })
  }

  /** What a connection gets that begins at a position. */
  from(position: number): readonly BinlogEvent[] {
    return this.events
      .filter(({ start }) => start >= position)
      .map(({ start, next, body }, at) => {
        // MariaDB does not say where events inside of a transaction stand.
        const inside = this.#flavour === 'mariadb' && /^(table|insert|update|delete)$/.test(body.type)
        const places = inside ? { start: 0, next: 0 } : { start, next }
        return { ...body, ...places, at: 1_700_000_000_000 + start * 1_000, count: at + 1, bytes: 100 }
      })
  }
}

const config = {
  'topic.prefix': 'p',
  'topic.delimiter': '.',
  'topic.transaction': 'transaction',
  'provide.transaction.metadata': false,
  'include.query': false,
  'gtid.source.filter.dml.events': true,
  'event.deserialization.failure.handling.mode': 'fail',
} as unknown as BinlogConfig

function known(flavour: Flavour): KnownTable {
  const id = {
    name: 'id',
    index: 0,
    nullable: false,
    placeholder: null,
    type: { schema: schema.int32, read: Number, zero: 0 },
  }
  return {
    table: new CdcTable<Raw>({
      topic: 'p.shop.orders',
      columns: [id],
      key: [id],
      source: sourceSchemas[flavour],
      names: { schema: 'none', field: 'none' },
    }),
    database: 'shop',
    name: 'orders',
    definition: { columns: [], key: ['id'], charset: undefined, comment: '' },
    selection: '',
    printed: [],
    row: logged => [logged['id'] as number],
  }
}

interface Read {
  readonly op: string
  readonly id: unknown
  readonly offset: BinlogOffset
}

async function readAll(
  flavour: Flavour,
  events: readonly BinlogEvent[],
  offset: BinlogOffset,
  more: Partial<ChangeReaderParts> = {},
): Promise<{ readonly records: readonly Read[]; readonly reader: ChangeReader }> {
  const parts: ChangeReaderParts = {
    config,
    flavour,
    isMariadb: flavour === 'mariadb',
    serverId: 1,
    options: { tombstones: true, skipped: new Set(), skipUnchanged: false, headers: [] },
    resume: resumePoint(offset),
    partition: { server: 'p' },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    isSource: () => true,
    describe: async () => known(flavour),
    define: async () => [],
    watch: undefined,
    ...more,
  }
  const reader = new ChangeReader(parts, offset)
  const records: Read[] = []
  for (const event of events)
    for (const { value, key, offset: at } of await reader.read(event))
      records.push({
        op: (value as { op?: string } | null)?.op ?? 'tombstone',
        id: (key as { id?: number } | null)?.id,
        offset: at as BinlogOffset,
      })
  return { records, reader }
}

/** An offset before everything that was logged. */
const beginning = (flavour: Flavour): BinlogOffset => ({
  file: 'binlog.1',
  pos: 4,
  gtids: flavour === 'mysql' ? '' : '0-1-0',
})

const plain = (records: readonly Read[]): readonly string[] => records.map(({ op, id }) => `${op} ${String(id)}`)

describe.each(['mysql', 'mariadb'] as const)('the binlog of %s', flavour => {
  const log = new Log(flavour)
  log.transaction(table(7), insert(1, 2, 3), insert(4))
  log.gtid(false)
  log.add(query('ALTER TABLE orders ADD note text'))
  log.transaction(table(7), insert(5), table(7), update(5, 6), update(6, 6), insert(8, 9))
  log.add(query('# a comment of the server'))
  log.transaction(table(7), { type: 'delete', tableId: 7, rows: [{ id: 9 }, { id: 8 }] })

  test('every row of every event becomes its records, in their order', async () => {
    const { records } = await readAll(flavour, log.from(4), beginning(flavour))
    expect(plain(records)).toEqual([
      'c 1',
      'c 2',
      'c 3',
      'c 4',
      'c 5',
      'd 5',
      'tombstone 5',
      'c 6',
      'u 6',
      'c 8',
      'c 9',
      'd 9',
      'tombstone 9',
      'd 8',
      'tombstone 8',
    ])
  })

  test('after a restart from the offset of any record the next change comes next, and none is lost (I1)', async () => {
    const all = (await readAll(flavour, log.from(4), beginning(flavour))).records
    for (const [at, { offset }] of all.entries()) {
      const { records } = await readAll(flavour, log.from(Number(offset.pos)), offset)
      // Of several records of one change only the last says that it was read: from the others it comes again, whole.
      const read = all.findIndex(one => JSON.stringify(one.offset) === JSON.stringify(offset))
      expect(plain(records), `after record ${at}`).toEqual(plain(all.slice(read + 1)))
      expect(read).toBeLessThanOrEqual(at)
    }
  })

  test('after a restart once more the offsets are the same as without', async () => {
    const all = (await readAll(flavour, log.from(4), beginning(flavour))).records
    const middle = all[7]!.offset
    const { records } = await readAll(flavour, log.from(Number(middle.pos)), middle)
    expect(records.map(({ offset }) => offset)).toEqual(all.slice(8).map(({ offset }) => offset))
  })

  test('what was told at the end says that all is read: nothing comes after it', async () => {
    const { reader } = await readAll(flavour, log.from(4), beginning(flavour))
    expect(reader.hasProgress).toBe(true)
    const told = reader.tell()
    expect(reader.hasProgress).toBe(false)
    expect(told.row).toBeUndefined()
    expect(log.from(Number(told.pos))).toEqual([])
    expect(told.gtids).toBe(flavour === 'mysql' ? `${server.mysql}:1-4` : '0-1-4')
  })

  test('in the middle of a transaction there is nothing to tell', async () => {
    const open = log.from(4).slice(0, 4)
    expect((await readAll(flavour, open, beginning(flavour))).reader.hasProgress).toBe(false)
  })

  test('a definition is told where the table is asked for, between the rows before and after it', async () => {
    const told: string[] = []
    await readAll(flavour, log.from(4), beginning(flavour), {
      define: async ({ sql }) => {
        told.push(sql)
        return []
      },
    })
    expect(told).toEqual(['ALTER TABLE orders ADD note text'])
  })

  test('changes of servers that are not wanted make no records, and count as read', async () => {
    const { records, reader } = await readAll(flavour, log.from(4), beginning(flavour), { isSource: () => false })
    expect(records).toEqual([])
    expect(log.from(Number(reader.tell().pos))).toEqual([])
  })

  test('rows of a table that is passed over make no records; rows of one that was never described end the task', async () => {
    const none = await readAll(flavour, log.from(4), beginning(flavour), { describe: async () => undefined })
    expect(none.records).toEqual([])
    const undescribed = log.from(4).filter(({ type }) => type !== 'table')
    await expect(readAll(flavour, undescribed, beginning(flavour))).rejects.toMatchObject({
      code: 'mysql.table_unknown',
    })
  })
})

test('a rolled back transaction of tables without transactions is read as it was logged', async () => {
  const log = new Log('mysql')
  log.gtid(true)
  for (const body of [query('BEGIN'), table(7), insert(1), query('ROLLBACK')]) log.add(body)
  log.transaction(table(7), insert(2))
  const { records } = await readAll('mysql', log.from(4), beginning('mysql'))
  expect(plain(records)).toEqual(['c 1', 'c 2'])
  expect(records[1]!.offset.gtids).toBe(`${server.mysql}:1`)
})

test('a new file is where the next restart begins', async () => {
  const log = new Log('mysql')
  log.add({ type: 'rotate', file: 'binlog.2', position: 4 })
  log.transaction(table(7), insert(1))
  const { records, reader } = await readAll('mysql', log.from(4), beginning('mysql'))
  expect(records[0]!.offset).toMatchObject({ file: 'binlog.2' })
  expect(reader.place.file).toBe('binlog.2')
})

test('an event that cannot be read ends the task, or is passed over where that is wanted', async () => {
  const log = new Log('mysql')
  log.transaction({ type: 'unreadable', reason: 'a riddle' }, table(7), insert(1))
  await expect(readAll('mysql', log.from(4), beginning('mysql'))).rejects.toMatchObject({
    code: 'mysql.event_unreadable',
  })
  const skipping = { ...config, 'event.deserialization.failure.handling.mode': 'skip' } as BinlogConfig
  const { records } = await readAll('mysql', log.from(4), beginning('mysql'), { config: skipping })
  expect(plain(records)).toEqual(['c 1'])
})
