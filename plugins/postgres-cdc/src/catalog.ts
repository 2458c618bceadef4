import type pg from 'pg'
import { rowsOf } from './connections.js'

/** A table of the database, by its number and its name. */
export interface TableRef {
  readonly oid: number
  readonly schema: string
  readonly name: string
  /** About how many rows it has; undefined where nobody has counted. */
  readonly estimate: number | undefined
}

export interface CatalogColumn {
  readonly name: string
  readonly typeOid: number
  readonly typeModifier: number
  readonly nullable: boolean
  /** As the catalogue prints it: `'a'::text`, `now()`. */
  readonly defaultExpression: string | undefined
  readonly comment: string | undefined
}

export interface CatalogTable {
  readonly columns: readonly CatalogColumn[]
  /** Names of the primary key's columns, or of the first unique index whose columns may not be null, in the index's order. */
  readonly key: readonly string[]
}

/** What a type is, beyond its name. */
export interface TypeInfo {
  readonly oid: number
  /** Without its schema: `int4`, `_text`, `geometry`. */
  readonly name: string
  /** pg_type.typtype: `b` base, `e` enum, `d` domain, `c` composite, `r` range. */
  readonly kind: string
  /** Of an array: its elements' type. */
  readonly element: number | undefined
  /** Of a domain: what it is made of. */
  readonly base: number | undefined
  readonly baseModifier: number
  readonly labels: readonly string[]
}

/** Tables that can be captured. Of partitioned ones their partitions, or, `viaRoot`, they themselves. */
export async function listTables(client: pg.Client, viaRoot: boolean): Promise<readonly TableRef[]> {
  const rows = await rowsOf(
    client,
    `SELECT c.oid, n.nspname, c.relname, CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples::bigint END
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
       AND ${viaRoot ? `c.relkind IN ('r', 'p') AND NOT c.relispartition` : `c.relkind = 'r'`}
     ORDER BY n.nspname, c.relname`,
  )
  return rows.map(([oid, schema, name, estimate]) => ({
    oid: Number(oid),
    schema: schema!,
    name: name!,
    estimate: estimate === null || estimate === undefined ? undefined : Number(estimate),
  }))
}

/** The number of a table; undefined where there is none of that name. */
export async function findTable(client: pg.Client, schema: string, name: string): Promise<number | undefined> {
  const rows = await rowsOf(
    client,
    `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
    [schema, name],
  )
  return rows[0] && Number(rows[0][0])
}

/** Whether an index of this column alone lets no value come twice. */
export async function hasUniqueIndex(client: pg.Client, oid: number, column: string): Promise<boolean> {
  const rows = await rowsOf(
    client,
    `SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = $1 AND a.attname = $2 AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL LIMIT 1`,
    [oid, column],
  )
  return rows.length > 0
}

/** What the catalogue says of a table now; undefined where it is gone. */
export async function describeTable(client: pg.Client, oid: number): Promise<CatalogTable | undefined> {
  const columns = await rowsOf(
    client,
    `SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum),
       a.attidentity <> '' OR a.attgenerated <> ''
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  )
  if (columns.length === 0) return undefined
  const key = await rowsOf(
    client,
    `SELECT a.attname FROM (
       SELECT i.indexrelid, i.indrelid, i.indkey FROM pg_index i
       WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND (
         i.indisprimary OR NOT EXISTS (
           SELECT 1 FROM pg_attribute n WHERE n.attrelid = i.indrelid AND n.attnum = ANY(i.indkey) AND NOT n.attnotnull))
       ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1) k
     CROSS JOIN LATERAL unnest(k.indkey) WITH ORDINALITY AS c(number, place)
     JOIN pg_attribute a ON a.attrelid = k.indrelid AND a.attnum = c.number ORDER BY c.place`,
    [oid],
  )
  return {
    columns: columns.map(([name, typeOid, modifier, required, expression, comment, generated]) => ({
      name: name!,
      typeOid: Number(typeOid),
      typeModifier: Number(modifier),
      nullable: required !== 't',
      defaultExpression: generated === 't' ? undefined : (expression ?? undefined),
      comment: comment ?? undefined,
    })),
    key: key.map(([name]) => name!),
  }
}

/** Types by their numbers, asked for once each. Of arrays and domains what they are made of too. */
export class TypeCatalog {
  readonly #known = new Map<number, TypeInfo>()

  get(oid: number): TypeInfo | undefined {
    return this.#known.get(oid)
  }

  async load(client: pg.Client, oids: readonly number[]): Promise<void> {
    for (let missing = oids.filter(oid => !this.#known.has(oid)); missing.length > 0;) {
      const rows = await rowsOf(
        client,
        `SELECT t.oid, t.typname, t.typtype, CASE WHEN t.typcategory = 'A' THEN t.typelem END, NULLIF(t.typbasetype, 0), t.typtypmod,
           (SELECT string_agg(e.enumlabel, E'\\x01' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
         FROM pg_type t WHERE t.oid = ANY($1::oid[])`,
        [missing],
      )
      for (const [oid, name, kind, element, base, modifier, labels] of rows)
        this.#known.set(Number(oid), {
          oid: Number(oid),
          name: name!,
          kind: kind!,
          element: element === null || element === undefined ? undefined : Number(element),
          base: base === null || base === undefined ? undefined : Number(base),
          baseModifier: Number(modifier),
          labels: labels?.split('\x01') ?? [],
        })
      const parts = rows.flatMap(row => [row[3], row[4]]).flatMap(oid => (oid ? [Number(oid)] : []))
      missing = parts.filter(oid => !this.#known.has(oid))
    }
  }

  /** Forgets a type that may have changed: an enum can be given labels. */
  forget(oid: number): void {
    this.#known.delete(oid)
  }
}
