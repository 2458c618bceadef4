import { expect, test } from 'vitest'
import { declared } from '../src/catalog.js'
import { parseDeclared } from '../src/column-type.js'

test.each([
  ['int', 'int', [], false, false],
  ['int(10) unsigned', 'int', [10], true, false],
  ['decimal(10,2) unsigned zerofill', 'decimal', [10, 2], true, true],
  ['float zerofill', 'float', [], true, true],
  ['datetime(6)', 'datetime', [6], false, false],
  ['bit(1)', 'bit', [1], false, false],
] as const)('%s', (columnType, type, numbers, unsigned, zerofill) => {
  expect(parseDeclared(columnType)).toEqual({ type, numbers, unsigned, zerofill, labels: undefined })
})

test.each([
  [`enum('a','b')`, ['a', 'b']],
  [`enum('a,b','c')`, ['a,b', 'c']],
  [`enum('it''s','')`, [`it's`, '']],
  [`set('a)','(b','unsigned')`, ['a)', '(b', 'unsigned']],
  [`enum('ü','A')`, ['ü', 'A']],
])('labels of %s', (columnType, labels) => {
  expect(parseDeclared(columnType)).toMatchObject({ labels, numbers: [], unsigned: false })
})

test.each([
  ['VARCHAR(100) /*M!100301 COMPRESSED*/', 'varchar(100)'],
  ['datetime(3) /* mariadb-5.3 */', 'datetime(3)'],
  [`ENUM('Ä','It''s B')`, `enum('Ä','It''s B')`],
  ['INT UNSIGNED', 'int unsigned'],
])('%s is known as %s', (printed, known) => {
  expect(declared(printed)).toBe(known)
})
