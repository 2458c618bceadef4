import { Words } from './statement-words.js'

/** What a statement in the binlog is to a reader of changes. */
export type Statement =
  | { readonly type: 'begin' }
  | { readonly type: 'end' }
  /** It changes what tables look like; `database`: of the first table, or the one that is itself made or dropped. */
  | {
      readonly type: 'ddl'
      readonly tables: readonly NamedTable[]
      readonly database: string
      readonly kind: DefinitionKind | 'TRUNCATE'
    }
  /** It concerns no table's definition: savepoints, users, comments alone. */
  | { readonly type: 'other' }

export type DefinitionKind = 'CREATE' | 'ALTER' | 'DROP'

export interface NamedTable {
  readonly database: string
  readonly name: string
}

/** Reads no more of a statement than what it is and which tables it names: rows carry their own columns. */
export function statementOf(sql: string, database: string): Statement {
  const words = new Words(sql)
  // MariaDB: SET STATEMENT variable = value FOR statement.
  if (words.takes('SET') && words.takes('STATEMENT')) {
    while (!words.isAtEnd && !words.is('FOR')) words.skip()
    words.skip()
  }
  if (words.takes('BEGIN')) return { type: 'begin' }
  if (words.takes('START')) return { type: words.is('TRANSACTION') ? 'begin' : 'other' }
  if (words.takes('XA')) return { type: words.is('START', 'BEGIN') ? 'begin' : 'other' }
  if (words.takes('COMMIT')) return { type: 'end' }
  if (words.takes('ROLLBACK')) {
    words.takes('WORK')
    return { type: words.is('TO') ? 'other' : 'end' }
  }
  if (words.takes('CREATE')) return created(words, database)
  if (words.takes('ALTER')) return altered(words, database)
  if (words.takes('DROP')) return dropped(words, database)
  if (words.takes('RENAME')) return words.takes('TABLE', 'TABLES') ? renamed(words, database) : other
  if (words.takes('TRUNCATE')) {
    words.takes('TABLE')
    return ofTables('TRUNCATE', [tableOf(words, database)])
  }
  return other
}

const other: Statement = { type: 'other' }

function created(words: Words, database: string): Statement {
  if (words.takes('OR')) words.takes('REPLACE')
  if (words.takes('DATABASE', 'SCHEMA')) return ofDatabase('CREATE', words, database)
  while (words.takes('TEMPORARY', 'UNIQUE', 'FULLTEXT', 'SPATIAL', 'VECTOR'));
  if (words.takes('INDEX')) return ofIndex(words, database)
  if (!words.takes('TABLE')) return other
  passExists(words)
  return ofTables('CREATE', [tableOf(words, database)])
}

function altered(words: Words, database: string): Statement {
  if (words.takes('DATABASE', 'SCHEMA')) return ofDatabase('ALTER', words, database)
  while (words.takes('ONLINE', 'OFFLINE', 'IGNORE'));
  if (!words.takes('TABLE')) return other
  passExists(words)
  const table = tableOf(words, database)
  passWait(words)
  return ofTables('ALTER', [table, newName(words, database)])
}

/** Where an ALTER TABLE gives its table another name: a clause of its own, of those between commas. */
function newName(words: Words, database: string): NamedTable | undefined {
  let depth = 0
  for (let isFirst = true; !words.isAtEnd; words.skip()) {
    if (isFirst && words.takes('RENAME')) {
      const isName = words.takes('TO', 'AS', '=')
      if (isName || !words.is('COLUMN', 'INDEX', 'KEY', 'CONSTRAINT')) return tableOf(words, database)
    }
    if (words.is('(')) depth++
    if (words.is(')')) depth--
    isFirst = depth === 0 && words.is(',')
  }
  return undefined
}

function dropped(words: Words, database: string): Statement {
  if (words.takes('DATABASE', 'SCHEMA')) return ofDatabase('DROP', words, database)
  if (words.takes('INDEX')) return ofIndex(words, database)
  words.takes('TEMPORARY')
  if (!words.takes('TABLE', 'TABLES')) return other
  passExists(words)
  const tables = [tableOf(words, database)]
  while (words.takes(',')) tables.push(tableOf(words, database))
  return ofTables('DROP', tables)
}

function renamed(words: Words, database: string): Statement {
  passExists(words)
  const tables: (NamedTable | undefined)[] = []
  do {
    tables.push(tableOf(words, database))
    passWait(words)
    if (words.takes('TO')) tables.push(tableOf(words, database))
  } while (words.takes(','))
  return ofTables('ALTER', tables)
}

/** An index is a change of its table. */
function ofIndex(words: Words, database: string): Statement {
  passExists(words)
  while (!words.isAtEnd && !words.is('ON')) words.skip()
  words.skip()
  return ofTables('ALTER', [tableOf(words, database)])
}

function ofDatabase(kind: DefinitionKind, words: Words, current: string): Statement {
  passExists(words)
  // ALTER DATABASE without a name means the one that is used.
  const hasName = !words.is('DEFAULT', 'CHARACTER', 'CHARSET', 'COLLATE', 'COMMENT', 'ENCRYPTION', 'READ', '')
  const database = (hasName ? words.name() : current) ?? current
  return { type: 'ddl', tables: [], database, kind }
}

function ofTables(kind: DefinitionKind | 'TRUNCATE', named: readonly (NamedTable | undefined)[]): Statement {
  const tables = named.filter(table => table !== undefined)
  const [first] = tables
  return first === undefined ? other : { type: 'ddl', tables, database: first.database, kind }
}

/** A name, with the database before it or without. */
function tableOf(words: Words, database: string): NamedTable | undefined {
  const first = words.name()
  if (first === undefined) return undefined
  const second = words.takes('.') ? words.name() : undefined
  return second === undefined ? { database, name: first } : { database: first, name: second }
}

function passExists(words: Words): void {
  if (words.takes('IF')) while (words.takes('NOT', 'EXISTS'));
}

function passWait(words: Words): void {
  if (words.takes('WAIT')) words.skip()
  words.takes('NOWAIT')
}
