import { expect, test } from 'vitest'
import {
  IncrementalSnapshot,
  type Chunk,
  type ChunkRange,
  type Collection,
  type IncrementalFields,
  type JavaKey,
  type Told,
} from '@millrace/relational'

const keyOf = (id: number): JavaKey => [{ java: 'Integer', text: String(id) }]

/** Tables with rows 1 to n, and the marks that were made. */
class Tables {
  readonly marks: string[] = []
  answer: Chunk<string, string> | undefined
  readonly #rows: Readonly<Record<string, number>>

  constructor(rows: Readonly<Record<string, number>>) {
    this.#rows = rows
  }

  async tables(): Promise<readonly string[]> {
    return Object.keys(this.#rows)
  }

  async open(chunk: string): Promise<void> {
    this.marks.push(`${chunk}-open`)
  }

  async close(chunk: string): Promise<undefined> {
    this.marks.push(`${chunk}-close`)
    return undefined
  }

  async read({ id }: Collection, { after, limit }: ChunkRange): Promise<Chunk<string, string>> {
    const { answer } = this
    this.answer = undefined
    if (answer !== undefined) return answer
    const from = Number(after?.[0]?.text ?? 0)
    const count = Math.max(0, Math.min(limit, this.#rows[id]! - from))
    const rows = Array.from({ length: count }, (_, at) => String(from + at + 1))
    return {
      type: 'rows',
      table: id,
      key: ['id'],
      maximum: keyOf(this.#rows[id]!),
      rows: rows.map(text => ({ row: [text], key: keyOf(Number(text)), values: [text] })),
    }
  }
}

type Item = Told<string, string>
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

function started(rows: Readonly<Record<string, number>>) {
  const tables = new Tables(rows)
  const snapshot = new IncrementalSnapshot<string, string>({
    database: tables,
    prefix: 'p',
    chunkSize: 2,
    logger: quiet,
  })
  const say = (type: string, data: unknown = {}): Promise<readonly Item[]> =>
    snapshot.take({ id: 'signal', type, data: JSON.stringify(data) })
  return {
    tables,
    snapshot,
    say,
    execute: () => say('execute-snapshot', { 'data-collections': Object.keys(rows) }),
    /** The stream comes to the mark that was made last. */
    pass: () => snapshot.take({ id: tables.marks.at(-1)!, type: 'snapshot-window-close', data: null }),
  }
}

const shown = (told: readonly Item[]): readonly string[] =>
  told.map(one => (one.type === 'row' ? `${one.table} ${String(one.row[0])}` : one.notification.type))

test('chunk after chunk, table after table, each when the stream has passed the one before', async () => {
  const { execute, pass, snapshot } = started({ 's.a': 3, 's.b': 1 })
  expect(shown(await execute())).toEqual(['STARTED', 'IN_PROGRESS'])
  expect(shown(await pass())).toEqual(['s.a 1', 's.a 2', 'IN_PROGRESS'])
  expect(shown(await pass())).toEqual(['s.a 3', 'TABLE_SCAN_COMPLETED', 'IN_PROGRESS'])
  expect(shown(await pass())).toEqual(['s.b 1', 'TABLE_SCAN_COMPLETED', 'COMPLETED'])
  expect(snapshot.fields).toEqual({})
  expect(await pass()).toEqual([])
})

test('the offset of a row leads on behind it', async () => {
  const first = started({ 's.a': 3 })
  await first.execute()
  const [row] = await first.pass()
  const second = started({ 's.a': 3 })
  await second.snapshot.start(row!.fields)
  expect(shown(await second.pass())).toEqual(['s.a 2', 's.a 3', 'TABLE_SCAN_COMPLETED', 'COMPLETED'])
})

test('what a signal asks for is in offsets only behind what it leads to', async () => {
  const { execute, snapshot } = started({ 's.a': 3 })
  expect((await execute()).map(({ fields }) => fields)).toEqual([{}, {}])
  expect(snapshot.fields.incremental_snapshot_collections).toContain('s.a')
})

test('what changes meanwhile is left out; where nobody knows what, the chunk is read again', async () => {
  const { execute, pass, snapshot } = started({ 's.a': 2 })
  await execute()
  expect(snapshot.concerns('s.a')).toBe(true)
  expect(snapshot.concerns('s.b')).toBe(false)
  snapshot.passed(() => undefined)
  expect(shown(await pass())).toEqual(['IN_PROGRESS'])
  snapshot.spoil()
  expect(shown(await pass())).toEqual(['IN_PROGRESS'])
  snapshot.passed(() => '1')
  expect(shown(await pass())).toEqual(['s.a 2', 'TABLE_SCAN_COMPLETED', 'COMPLETED'])
})

test('a moment that lacks what was told is no end of the table', async () => {
  const { execute, pass, tables } = started({ 's.a': 1 })
  tables.answer = { type: 'again' }
  expect(shown(await execute())).toEqual(['STARTED'])
  expect(shown(await pass())).toEqual(['IN_PROGRESS'])
  expect(shown(await pass())).toEqual(['s.a 1', 'TABLE_SCAN_COMPLETED', 'COMPLETED'])
})

test('a table that is stopped while its chunk waits does not lend its key to the next', async () => {
  const { execute, pass, say, snapshot } = started({ 's.a': 9, 's.b': 3 })
  await execute()
  await say('stop-snapshot', { 'data-collections': ['s.a'] })
  const told = await pass()
  expect(shown(told)).toEqual(['s.a 1', 's.a 2', 'ABORTED', 'IN_PROGRESS'])
  const begin = async (fields: IncrementalFields): Promise<readonly string[]> => {
    const again = started({ 's.a': 9, 's.b': 3 })
    await again.snapshot.start(fields)
    return shown(await again.pass())
  }
  for (const fields of [told[0]!.fields, told[1]!.fields, snapshot.fields])
    expect((await begin(fields))[0]).toBe('s.b 1')
})

test('paused, it stops at once; resumed while a chunk waits it reads no second one', async () => {
  const { execute, pass, say, tables } = started({ 's.a': 9 })
  await execute()
  expect(shown(await say('pause-snapshot'))).toEqual(['PAUSED'])
  expect(shown(await say('resume-snapshot'))).toEqual(['RESUMED'])
  expect(tables.marks).toHaveLength(2)
  await say('pause-snapshot')
  expect(shown(await pass())).toEqual(['s.a 1', 's.a 2'])
  expect(shown(await say('stop-snapshot'))).toEqual(['ABORTED'])
  expect(shown(await say('resume-snapshot'))).toEqual([])
})
