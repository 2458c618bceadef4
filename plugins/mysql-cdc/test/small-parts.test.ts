import { expect, test } from 'vitest'
import { jdbcType } from '../src/jdbc-types.js'
import { replicaId } from '../src/replica-id.js'
import { lengthAndScale, typeName } from '../src/source-type.js'
import { agrees } from '../src/type-codes.js'

test('a connector has the same number among the replicas after each start, unlike those of others and of servers', () => {
  const numbers = Array.from({ length: 200 }, (_, at) => replicaId(`connector-${at}`))
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, at) => replicaId(`connector-${at}`)))
  expect(new Set(numbers).size).toBe(200)
  expect(numbers.every(number => number >= 10_000 && number <= 4_294_967_295)).toBe(true)
})

test.each<[columnType: string, name: string, length: number | undefined, scale: number | undefined, jdbc: number]>([
  ['tinyint(4)', 'TINYINT', 4, undefined, 5],
  ['int(10) unsigned', 'INT UNSIGNED', 10, undefined, 4],
  ['int(5) unsigned zerofill', 'INT UNSIGNED ZEROFILL', 5, undefined, 4],
  ['bigint', 'BIGINT', undefined, undefined, -5],
  ['decimal(10,2)', 'DECIMAL', 10, 2, 3],
  ['float', 'FLOAT', undefined, undefined, 6],
  ['bit(1)', 'BIT', 1, undefined, -7],
  ['varchar(20)', 'VARCHAR', 20, undefined, 12],
  ['longblob', 'LONGBLOB', undefined, undefined, 2004],
  ["enum('a','b')", 'ENUM', 1, undefined, 1],
  ["set('a','b','c')", 'SET', 5, undefined, 1],
  ['timestamp(6)', 'TIMESTAMP', 6, undefined, 2014],
  ['json', 'JSON', undefined, undefined, 1111],
])('%s is %s', (columnType, name, length, scale, jdbc) => {
  expect(typeName({ columnType })).toBe(name)
  expect(lengthAndScale({ columnType })).toEqual({ length, scale })
  expect(jdbcType({ columnType })).toBe(jdbc)
})

test.each<[code: number, columnType: string, agree: boolean]>([
  [3, 'int(11) unsigned', true],
  [3, 'bigint(20)', false],
  [15, 'varchar(9)', true],
  [15, 'varbinary(9)', true],
  [15, 'text', false],
  [17, 'timestamp(3)', true],
  [18, 'timestamp', false],
  [252, 'mediumtext', true],
  [254, 'inet6', true],
  [254, "enum('a')", false],
  [247, "enum('a')", true],
  [9_999, 'int', true],
])('the binlog’s type %i can be %s: %s', (code, columnType, agree) => {
  expect(agrees(code, columnType)).toBe(agree)
})
