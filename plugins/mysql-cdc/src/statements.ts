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

/** A name, quoted or not, with the database before it or without. */
const part = '(?:`(?:[^`]|``)+`|"(?:[^"]|"")+"|[\\p{L}\\p{N}_$]+)'
const name = `(${part}(?:\\s*\\.\\s*${part})?)`
const tableDdl = [
  `^(?:CREATE|CREATE\\s+OR\\s+REPLACE)\\s+(?:TEMPORARY\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${name}`,
  `^ALTER\\s+(?:ONLINE\\s+|OFFLINE\\s+)?(?:IGNORE\\s+)?TABLE\\s+(?:IF\\s+EXISTS\\s+)?${name}`,
  `^TRUNCATE\\s+(?:TABLE\\s+)?${name}`,
  `^CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:UNIQUE\\s+|FULLTEXT\\s+|SPATIAL\\s+)?INDEX\\s+[^(]*?\\sON\\s+${name}`,
  `^DROP\\s+INDEX\\s+[^(]*?\\sON\\s+${name}`,
].map(source => new RegExp(source, 'iu'))
const dropTables = /^DROP\s+(?:TEMPORARY\s+)?TABLES?\s+(?:IF\s+EXISTS\s+)?(.+?)(?:\s+(?:RESTRICT|CASCADE))?\s*$/isu
const renameTables = /^RENAME\s+TABLES?\s+(?:IF\s+EXISTS\s+)?(.+)$/isu
const databaseDdl = new RegExp(
  `^(?:CREATE|ALTER|DROP|CREATE\\s+OR\\s+REPLACE)\\s+(?:DATABASE|SCHEMA)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?(${part})`,
  'iu',
)
const renamedInAlter = new RegExp(
  `\\bRENAME\\s+(?:TO\\s+|AS\\s+|=\\s*)?(?!COLUMN\\b|INDEX\\b|KEY\\b|CONSTRAINT\\b)${name}`,
  'iu',
)
const names = new RegExp(name, 'giu')

/** Reads no more of a statement than what it is and which tables it names: rows carry their own columns. */
export function statementOf(sql: string, database: string): Statement {
  const text = withoutComments(sql).trim()
  const first = /^[A-Za-z]+/.exec(text)?.[0].toUpperCase() ?? ''
  if (first === 'BEGIN' || /^(START\s+TRANSACTION|XA\s+(START|BEGIN))\b/i.test(text)) return { type: 'begin' }
  if (first === 'COMMIT' || (first === 'ROLLBACK' && !/\bTO\b/i.test(text))) return { type: 'end' }
  const withDatabase = databaseDdl.exec(text)
  const kind = kindOf(text, first)
  if (withDatabase) return { type: 'ddl', tables: [], database: unquoted(withDatabase[1]!), kind }
  const tables = tablesOf(text, database)
  if (tables.length === 0) return { type: 'other' }
  return { type: 'ddl', tables, database: tables[0]!.database, kind }
}

function kindOf(text: string, first: string): DefinitionKind | 'TRUNCATE' {
  if (first === 'TRUNCATE') return 'TRUNCATE'
  // An index is a change of its table.
  if (/^(CREATE|DROP)\b[^(]*\bINDEX\b/i.test(text)) return 'ALTER'
  return first === 'CREATE' || first === 'DROP' ? first : 'ALTER'
}

function tablesOf(text: string, database: string): readonly NamedTable[] {
  const list = dropTables.exec(text)?.[1] ?? renameTables.exec(text)?.[1]
  if (list !== undefined)
    return [...list.replaceAll(/\s(?:TO|WAIT\s+\d+|NOWAIT)(?=\s)/giu, ' , ').matchAll(names)].map(match =>
      tableOf(match[1]!, database),
    )
  for (const regex of tableDdl) {
    const found = regex.exec(text)?.[1]
    if (found === undefined) continue
    const renamed = /^ALTER/i.test(text) ? renamedInAlter.exec(text)?.[1] : undefined
    return [found, ...(renamed === undefined ? [] : [renamed])].map(one => tableOf(one, database))
  }
  return []
}

function tableOf(text: string, database: string): NamedTable {
  const parts = [...text.matchAll(new RegExp(part, 'giu'))].map(match => unquoted(match[0]))
  return parts.length === 2 ? { database: parts[0]!, name: parts[1]! } : { database, name: parts[0]! }
}

function unquoted(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1).replaceAll('``', '`')
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"')
  return text
}

/** Without comments outside of quotes; what stands in a comment that the server executes is kept. */
export function withoutComments(sql: string): string {
  return sql.replaceAll(
    /('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`)|\/\*[M!]!?\d*([\s\S]*?)\*\/|\/\*[\s\S]*?\*\/|(?:--\s|#)[^\n]*|--$/gu,
    (_, kept: string | undefined, executed: string | undefined) =>
      kept ?? (executed === undefined ? ' ' : ` ${executed} `),
  )
}
