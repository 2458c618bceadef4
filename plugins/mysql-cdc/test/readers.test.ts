import { describe, expect, test } from 'vitest'
import type { Raw } from '../src/raw.js'
import { loggedReader, printedReader } from '../src/readers.js'

const printed = (columnType: string, text: string | Uint8Array): Raw | null =>
  printedReader({ columnType })(Buffer.from(text as string))
const logged = (columnType: string, value: unknown): Raw | null => loggedReader({ columnType })(value)

describe('what the server prints', () => {
  test.each<[string, string, Raw | null]>([
    ['tinyint(1)', '-128', -128],
    ['int(8) unsigned zerofill', '00000042', 42],
    ['bigint', '9007199254740991', 9007199254740991],
    ['bigint', '-9007199254740993', '-9007199254740993'],
    ['bigint unsigned', '18446744073709551615', '18446744073709551615'],
    ['float', '1.100000023841858', 1.100000023841858],
    ['double', '5e-324', 5e-324],
    ['year(4)', '0000', 0],
    ['decimal(10,2)', '-12.50', '-12.50'],
    ['decimal(10,2) unsigned zerofill', '00000012.50', '12.50'],
    ['decimal(10,2) unsigned zerofill', '00000000.00', '0.00'],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '0000-00-00', null],
    ['date', '2026-00-10', null],
    ['date', '2026-02-00', null],
    ['datetime(3)', '0000-00-00 00:00:00.000', null],
    ['timestamp', '2026-02-28 01:02:03', '2026-02-28 01:02:03'],
    ['time', '-838:59:59', '-838:59:59'],
    ["enum('a')", '', ''],
    ['varchar(10)', 'grüße😀', 'grüße😀'],
    ['json', '{"a": 1}', '{"a": 1}'],
  ])('%s %s', (columnType, text, raw) => {
    expect(printed(columnType, text)).toBe(raw)
  })

  test.each([
    'binary(3)',
    'varbinary(3)',
    'blob',
    'bit(17)',
    'geometry',
    'geometrycollection',
    'multipoint',
    'vector(3)',
  ])('%s stays bytes', columnType => {
    expect(printed(columnType, Uint8Array.of(0, 255, 1))).toEqual(Buffer.of(0, 255, 1))
  })
})

describe('what the library reads from the binlog', () => {
  test.each<[string, unknown, Raw | null]>([
    ['bigint', 9007199254740991, 9007199254740991],
    ['bigint unsigned', '18446744073709551615', '18446744073709551615'],
    ['year(4)', 1900, 0],
    ['year(4)', 1901, 1901],
    ['date', '0000-00-00', null],
    ['datetime(6)', '2026-00-10 01:02:03.000001', null],
    ['timestamp', '0000-00-00 00:00:00', null],
    ["enum('a')", undefined, ''],
    ["enum('a')", 'a', 'a'],
    ['decimal(10,2)', '-0.50', '-0.50'],
    ['varchar(5)', 'x', 'x'],
  ])('%s %j', (columnType, value, raw) => {
    expect(logged(columnType, value)).toBe(raw)
  })

  test.each([
    ['-00:00:64', '-00:01:00'],
    ['-00:63:64', '-01:00:00'],
    ['-09:63:64', '-10:00:00'],
    ['-99:63:64', '-100:00:00'],
    ['-00:00:64.000000', '-00:01:00.000000'],
    ['-00:00:01', '-00:00:01'],
    ['-00:00:59.99', '-00:00:59.99'],
    ['-838:59:59', '-838:59:59'],
    ['10:00:00', '10:00:00'],
  ])('a time that the library gives as %s is %s', (text, time) => {
    expect(logged('time', text)).toBe(time)
  })

  test('zeros at the end of fixed bytes come back', () => {
    expect(logged('binary(4)', Buffer.of(1, 2))).toEqual(Uint8Array.of(1, 2, 0, 0))
    expect(logged('binary', Buffer.alloc(0))).toEqual(Uint8Array.of(0))
  })

  test('bits are no view of a buffer that will be used again', () => {
    const buffer = Buffer.of(1, 2)
    const bits = logged('bit(16)', buffer)
    buffer.fill(0)
    expect(bits).toEqual(Buffer.of(1, 2))
  })

  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['00000000000000000000ffff01020304', '::ffff:1.2.3.4'],
    ['00000000000000000000000001020304', '::1.2.3.4'],
    ['20010db8', '2001:db8::'],
    ['00010000000000020000000000000003', '1:0:0:2::3'],
    ['00010000000200030004000500060007', '1::2:3:4:5:6:7'],
    ['00000001000200030004000500060007', '::1:2:3:4:5:6:7'],
    ['00010002000300040005000600070000', '1:2:3:4:5:6:7::'],
    ['00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
  ])('inet6 of %s is %s', (hex, text) => {
    expect(logged('inet6', Buffer.from(hex, 'hex'))).toBe(text)
  })

  test('an address that the library has made a text is shortened as the server shortens it', () => {
    expect(logged('inet6', '1:0:2:3:4:5:6:7')).toBe('1::2:3:4:5:6:7')
    expect(logged('inet6', '2001:db8::')).toBe('2001:db8::')
  })

  test('uuid and inet4', () => {
    expect(logged('uuid', Buffer.from('3e11fa4771ca11e19e33c80aa94295', 'hex'))).toBe(
      '3e11fa47-71ca-11e1-9e33-c80aa9429500',
    )
    expect(logged('inet4', Buffer.of(10))).toBe('10.0.0.0')
  })
})
