import type { JavaKey } from './java-keys.js'

/** How a database writes what the statements of chunks need. */
export interface ChunkDialect {
  readonly quote: (name: string) => string
  /** Of the parameter at this place, from 0, which is compared with a column. */
  readonly placeholder: (at: number, column: string) => string
  /** What to select of a column of the key, so that a parameter of it compares as the column does. */
  readonly printed: (column: string) => string
  /** Whether an index serves `(a, b) > (1, 2)`; else it is written out column by column. */
  readonly rowValues: boolean
}

export interface ChunkOf {
  /** Quoted. */
  readonly table: string
  /** Of the key, none of which may be null. */
  readonly key: readonly string[]
  readonly condition: string | undefined
}

export interface Statement {
  readonly sql: string
  readonly params: readonly (string | null)[]
}

/** The key of the last row, in the key's order. */
export function maximumKeyQuery({ table, key, condition }: ChunkOf, { quote, printed }: ChunkDialect): Statement {
  const where = condition === undefined ? '' : ` WHERE (${condition})`
  const order = key.map(name => `${quote(name)} DESC`).join(', ')
  return { sql: `SELECT ${key.map(printed).join(', ')} FROM ${table}${where} ORDER BY ${order} LIMIT 1`, params: [] }
}

/** The rows of a chunk, in the key's order: after one key, and not beyond another. */
export function chunkQuery(
  of: ChunkOf,
  {
    selection,
    after,
    maximum,
    limit,
  }: {
    /** What to select, in SQL. */
    readonly selection: string
    readonly after: JavaKey | undefined
    readonly maximum: JavaKey
    readonly limit: number
  },
  dialect: ChunkDialect,
): Statement {
  const { quote } = dialect
  const params: (string | null)[] = []
  const bound = (key: JavaKey, sign: '>' | '<='): string => compared(of.key, key, sign, dialect, params)
  const conditions = [
    ...(after === undefined ? [] : [bound(after, '>')]),
    bound(maximum, '<='),
    ...(of.condition === undefined ? [] : [`(${of.condition})`]),
  ]
  const order = of.key.map(quote).join(', ')
  const sql = `SELECT ${selection} FROM ${of.table} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${limit}`
  return { sql, params }
}

function compared(
  names: readonly string[],
  key: JavaKey,
  sign: '>' | '<=',
  { quote, placeholder, rowValues }: ChunkDialect,
  params: (string | null)[],
): string {
  const place = (at: number): string => {
    params.push(key[at]?.text ?? null)
    return placeholder(params.length - 1, names[at]!)
  }
  const first = names[0]!
  if (names.length === 1) return `${quote(first)} ${sign} ${place(0)}`
  if (rowValues) return `(${names.map(quote).join(', ')}) ${sign} (${names.map((_, at) => place(at)).join(', ')})`
  const last = names.length - 1
  const steps = names.map((name, at) => {
    const equal = names.slice(0, at).map((before, index) => `${quote(before)} = ${place(index)}`)
    const step = at === last ? sign : sign === '>' ? '>' : '<'
    return `(${[...equal, `${quote(name)} ${step} ${place(at)}`].join(' AND ')})`
  })
  return `(${steps.join(' OR ')})`
}

/**
 * The rows of a chunk, while the stream passes from before they were read to after: what it changes meanwhile it tells better. A change whose key is
 * not known spoils the chunk, which must be read again.
 */
export class ChunkWindow<Row> {
  readonly #rows = new Map<string, Row>()
  #isSpoilt = false

  /** `key`: what the database prints of each of its columns. */
  add(key: readonly unknown[], row: Row): void {
    this.#rows.set(keyText(key), row)
  }

  /** A change of the row with this key has passed. */
  passed(key: readonly unknown[]): void {
    if (this.#rows.size === 0) return
    if (key.some(part => typeof part !== 'string' && typeof part !== 'number' && !(part instanceof Uint8Array)))
      this.#isSpoilt = true
    else this.#rows.delete(keyText(key))
  }

  /** All rows are gone, or of an unknown key. */
  spoil(): void {
    if (this.#rows.size > 0) this.#isSpoilt = true
  }

  get isSpoilt(): boolean {
    return this.#isSpoilt
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0
  }

  /** What is left, in its order; the window is empty then. */
  take(): readonly Row[] {
    const rows = [...this.#rows.values()]
    this.clear()
    return rows
  }

  clear(): void {
    this.#rows.clear()
    this.#isSpoilt = false
  }
}

function keyText(key: readonly unknown[]): string {
  return JSON.stringify(key.map(part => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part)))
}
