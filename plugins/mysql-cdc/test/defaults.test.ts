import { Decimal } from 'millrace/plugin'
import { expect, test } from 'vitest'
import type { MysqlColumn } from '../src/catalog.js'
import { defaultText, defaultValue } from '../src/defaults.js'
import { columnType, type TypeModes } from '../src/types.js'

const modes: TypeModes = {
  'decimal.handling.mode': 'precise',
  'time.precision.mode': 'adaptive_time_microseconds',
  'binary.handling.mode': 'bytes',
  'bigint.unsigned.handling.mode': 'long',
  'enable.time.adjuster': true,
}
const column = (columnType: string, text: string | undefined, more: Partial<MysqlColumn> = {}): MysqlColumn => ({
  name: 'c',
  columnType,
  nullable: false,
  default: text,
  isExpression: false,
  charset: undefined,
  autoIncrement: false,
  generated: false,
  comment: '',
  ...more,
})
const valueOf = (one: MysqlColumn) => defaultValue(one, columnType(one, modes)!)

test.each<[type: string, text: string, value: unknown]>([
  ['int', '7', 7],
  ['int', '1.5', 2],
  ['bigint', '9007199254740993', 9_007_199_254_740_993n],
  ['decimal(5,2)', '1.5', new Decimal(150n, 2)],
  ['double', '0.5', 0.5],
  ['year', '2026', 2026],
  ['varchar(10)', "'it''s'", "it's"],
  ['varchar(10)', 'plain', 'plain'],
  ['char(3)', "''", ''],
  ['date', "'2026-03-01'", 20_513],
  ['datetime', '2026-03-01', 1_772_323_200_000],
  ['timestamp', '2026-03-01 12:00:00', '2026-03-01T12:00:00Z'],
  ['bit(1)', "b'1'", true],
  ['bit(10)', '5', new Uint8Array([5, 0])],
  ["enum('a','b')", "'b'", 'b'],
])('DEFAULT of %s %s', (type, text, value) => {
  expect(valueOf(column(type, text))).toEqual(value)
})

test.each<[type: string, text: string | undefined, more: Partial<MysqlColumn>]>([
  ['int', undefined, {}],
  ['int', 'NULL', { nullable: true }],
  ['int', '7', { generated: true }],
  ['date', '0000-00-00', { nullable: true }],
  ['varchar(36)', 'uuid()', { isExpression: true }],
  ['datetime', 'current_timestamp()', { nullable: true }],
  ['int', "'seven'", {}],
])('%s DEFAULT %s, %j: the schema has none', (type, text, more) => {
  expect(valueOf(column(type, text, more))).toBeUndefined()
})

test('what is reckoned when the row comes, and no date at all, stand as the zero of the type where there must be a value', () => {
  expect(valueOf(column('datetime', 'CURRENT_TIMESTAMP', { isExpression: true }))).toBe(0)
  expect(valueOf(column('date', '0000-00-00'))).toBe(0)
})

test.each([
  [column('varchar(5)', "'a\\'b'"), "a'b"],
  [column('varchar(5)', 'NULL', { nullable: true }), undefined],
  [column('varchar(5)', undefined), undefined],
  [column('varchar(36)', 'uuid()', { isExpression: true }), 'uuid()'],
])('the text of a declared default: %j', (one, text) => {
  expect(defaultText(one)).toBe(text)
})
