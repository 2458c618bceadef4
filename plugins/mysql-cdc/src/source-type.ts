import type { MysqlColumn } from './catalog.js'
import { parseDeclared } from './column-type.js'

/** A column's type as Debezium names it: `INT UNSIGNED`. */
export function typeName({ columnType }: Pick<MysqlColumn, 'columnType'>): string {
  const { type, unsigned, zerofill } = parseDeclared(columnType)
  return [type, ...(unsigned ? ['unsigned'] : []), ...(zerofill ? ['zerofill'] : [])].join(' ').toUpperCase()
}

/** What was declared between the brackets. An ENUM has one letter there, a SET one for each label and comma. */
export function lengthAndScale({ columnType }: Pick<MysqlColumn, 'columnType'>): {
  readonly length: number | undefined
  readonly scale: number | undefined
} {
  const { type, numbers, labels } = parseDeclared(columnType)
  if (type === 'enum') return { length: 1, scale: undefined }
  if (type === 'set') return { length: Math.max(0, (labels?.length ?? 0) * 2 - 1), scale: undefined }
  return { length: numbers[0], scale: numbers[1] }
}

/** Of the schema of a column that was chosen by column.propagate.source.type or datatype.propagate.source.type. */
export function sourceTypeParameters(column: MysqlColumn): Readonly<Record<string, string>> {
  const { length, scale } = lengthAndScale(column)
  return {
    '__debezium.source.column.type': typeName(column),
    ...(length !== undefined && { '__debezium.source.column.length': String(length) }),
    ...(scale !== undefined && { '__debezium.source.column.scale': String(scale) }),
    '__debezium.source.column.name': column.name,
  }
}
