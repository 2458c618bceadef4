import { expect } from 'vitest'
import plugins from '@millrace/jdbc'
import type { SourcePlugin } from '../../../src/plugin/index.js'
import type { TestDatabase } from '../../servers/database/test-database.js'
import { SourceDrive } from '../source-drive.js'

export const source = (plugins as readonly SourcePlugin[]).find(({ name }) => name === 'jdbc-source')!

/** `[declaration, value in SQL, type as JSON with schema names it, value there]`; no type: records leave it out. */
export type Case = readonly [declaration: string, literal: string, type?: string, value?: unknown]

const logical: Readonly<Record<string, string>> = {
  'org.apache.kafka.connect.data.Date': 'Date',
  'org.apache.kafka.connect.data.Time': 'Time',
  'org.apache.kafka.connect.data.Timestamp': 'Timestamp',
}

export interface Described {
  readonly type: string
  readonly name?: string
  readonly field?: string
  readonly optional: boolean
  readonly parameters?: Readonly<Record<string, string>>
}

function shown({ type, name, parameters }: Described): string {
  if (parameters?.['scale'] !== undefined)
    return `decimal(${parameters['connect.decimal.precision']},${parameters['scale']})`
  return (name && logical[name]) ?? type
}

/** A table with a column for each case, read as JSON with schema; decimals as text. */
export async function readCases(database: TestDatabase, cases: readonly Case[], more: Record<string, string> = {}) {
  const name = `cases_${Math.random().toString(36).slice(2)}`
  const columns = cases.map(([declaration], index) => `c${index} ${declaration}`)
  await database.run(`CREATE TABLE ${name} (${columns.join(', ')})`)
  await database.run(`INSERT INTO ${name} VALUES (${cases.map(([, literal]) => literal).join(', ')})`)
  await database.run(`INSERT INTO ${name} VALUES (${cases.map(() => 'NULL').join(', ')})`)
  const drive = await SourceDrive.open(source, {
    ...database.connection,
    mode: 'bulk',
    'topic.prefix': 'types-',
    'table.whitelist': name,
    ...more,
  })
  try {
    return { records: await drive.read(2), drive }
  } finally {
    await drive.stop()
  }
}

export function check(cases: readonly Case[], records: readonly { valueSchema?: unknown; value: unknown }[]): void {
  const fields = (records[0]!.valueSchema as { fields: { name: string; schema: Described }[] }).fields
  const value = records[0]!.value as Record<string, unknown>
  const found = cases.map(([declaration, literal], index) => {
    const field = fields.find(({ name }) => name === `c${index}`)
    return field === undefined
      ? [declaration, literal]
      : [declaration, literal, jsonType(field.schema), jsonValue(value[`c${index}`])]
  })
  expect(found).toEqual(cases.map(([declaration, literal, ...rest]) => [declaration, literal, ...rest]))
  expect(fields.every(({ schema }) => schema.optional)).toBe(true)
  expect(Object.values(records[1]!.value as object).every(cell => cell === null)).toBe(true)
}

export function jsonType(schema: Described): string {
  const type = shown(schema)
  return { float32: 'float', float64: 'double' }[type] ?? type
}

/** Dates as what stands for them in JSON, large numbers and decimals as texts. */
function jsonValue(value: unknown): unknown {
  if (value instanceof Date)
    return value.getTime() % 86_400_000 === 0 && Math.abs(value.getTime()) > 86_400_000
      ? value.getTime() / 86_400_000
      : value.getTime()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'object' && value !== null) {
    const { unscaled, scale } = value as { unscaled: bigint; scale: number }
    return scale < 0 ? `${unscaled}E${-scale}` : String(value)
  }
  return value
}
