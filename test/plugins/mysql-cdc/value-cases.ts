/** A declaration and the literals to store; each row has the literal of its number, or NULL. */
export type Case = readonly [declaration: string, ...literals: string[]]

const labels = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, at) => `'l${at + from}'`).join(',')

const numbers: readonly Case[] = [
  ['tinyint', '-128', '127', '-1', '0'],
  ['tinyint unsigned', '255', '128', '0'],
  ['smallint', '-32768', '32767', '-1'],
  ['smallint unsigned', '65535', '32768'],
  ['mediumint', '-8388608', '8388607', '-1'],
  ['mediumint unsigned', '16777215', '8388608'],
  ['int', '-2147483648', '2147483647', '-1'],
  ['int unsigned', '4294967295', '2147483648'],
  ['int(8) zerofill', '42', '4294967295'],
  ['bigint', '-9223372036854775808', '9223372036854775807', '-1', '-9007199254740993', '9007199254740991'],
  ['bigint unsigned', '18446744073709551615', '9223372036854775808', '9007199254740993', '0'],
  ['bigint zerofill', '42', '9007199254740993'],
  ['float', '1.1', '3.4028234663852886e38', '1e-45', '-0.1', '16777217'],
  ['float unsigned', '0.3', '123456.789'],
  ['float(7,3)', '1234.568', '-0.001', '9999.999'],
  ['float(30)', '1.1', '1e-300'],
  ['float zerofill', '1.5'],
  ['double', '0.1', '1.7976931348623157e308', '5e-324', '-0.3', '123456789.12345679'],
  ['double(10,2)', '2.25', '-99999999.99'],
  [
    'decimal(65,30)',
    '-12345678901234567890123456789012345.123456789012345678901234567890',
    '0.000000000000000000000000000001',
  ],
  ['decimal(65,0)', '99999999999999999999999999999999999999999999999999999999999999999', '-1', '0'],
  ['decimal(9,9)', '-0.000000001', '0.999999999', '0'],
  ['decimal(1,1)', '-0.1', '0.9'],
  ['decimal(19,10)', '123456789.0123456789', '-100000000.0000000001'],
  ['decimal(10,2) zerofill', '12.5', '0'],
  ['decimal(6,4) unsigned', '0.0001', '99.9999'],
  ['bit(1)', "b'1'", "b'0'"],
  ['bit(8)', "b'10000001'", "b'0'"],
  ['bit(9)', "b'100000001'", "b'1'"],
  ['bit(64)', '0xfedcba9876543210', '1'],
  ['year', '2155', '1901', '0', '2000'],
]

const texts: readonly Case[] = [
  ['char(4)', "'ab  '", "''", "'ü😀'"],
  ['char(255) CHARACTER SET utf8mb4', "repeat('😀', 255)", "'a'"],
  ['varchar(10)', "'ab  '", "''", "'grüße😀'"],
  ['varchar(100) CHARACTER SET utf8mb4', "repeat('😀', 100)"],
  ['tinytext', "'t'"],
  ['mediumtext', "repeat('m', 70000)"],
  ['longtext', "''"],
  ['text CHARACTER SET utf8mb3', "'€'"],
  ...(
    [
      ['latin1', 'grüße €'],
      ['latin2', 'žluťoučký'],
      ['latin5', 'ığş'],
      ['latin7', 'ąčę'],
      ['ascii', 'abc'],
      ['cp1250', 'žluť'],
      ['cp1251', 'привет'],
      ['cp1256', 'سلام'],
      ['cp1257', 'ąčę'],
      ['cp850', 'é'],
      ['cp852', 'ž'],
      ['cp866', 'привет'],
      ['cp932', '日本ﾎ'],
      ['koi8r', 'привет'],
      ['koi8u', 'ї'],
      ['greek', 'αβγ'],
      ['hebrew', 'שלום'],
      ['tis620', 'ไทย'],
      ['macroman', 'é'],
      ['macce', 'ž'],
      ['armscii8', 'բարև'],
      ['big5', '中文'],
      ['gb2312', '中文'],
      ['gbk', '中文'],
      ['euckr', '한국'],
      ['sjis', '日本'],
      ['ujis', '日本'],
      ['eucjpms', '日本'],
      ['ucs2', 'ü中'],
      ['utf16', 'ü😀'],
      ['utf16le', 'ü😀'],
      ['utf32', 'ü😀'],
    ] as const
  ).map(([charset, text]): Case => [`varchar(20) CHARACTER SET ${charset}`, `'${text}'`, "''"]),
  ['binary(4)', "x'0102'", "x'00000000'", "x'01020300'"],
  ['binary(255)', "x'ff'", "repeat('x', 255)"],
  ['varbinary(300)', "x'00ff00'", "''", "repeat('x', 300)"],
  ['tinyblob', "x'0100'", "''"],
  ['mediumblob', "repeat(x'00', 70000)"],
  ['longblob', "x'ff00'"],
  [`enum('a','b,c','it''s','back\\\\slash','','Ü')`, "'b,c'", "'it''s'", "'back\\\\slash'", "'none such'", "'Ü'"],
  [`enum(${labels(300)})`, "'l299'", "'l0'", "'l255'"],
  [`enum('é','x') CHARACTER SET latin1`, "'é'", "'x'"],
  [`set(${labels(64)})`, `'l0,l31,l32,l63'`, "'l63'", "''", '18446744073709551615', "'l31'"],
  [`set(${labels(20)})`, "'l19,l0'", "'l16'"],
  [`set('it''s','ü')`, "'it''s,ü'"],
  ['json', `'{"a": [1, null, "ü\\\\n"], "b": 1.50}'`, "'[]'"],
]

const moments: readonly Case[] = [
  ['date', "'2026-02-28'", "'1000-01-01'", "'9999-12-31'", "'0000-00-00'", "'2026-00-10'", "'2026-02-00'"],
  ['date NOT NULL', "'0000-00-00'", "'0001-01-01'", "'2026-01-01'", "'2026-01-02'", "'2026-01-03'", "'2026-01-04'"],
  ['time', "'-838:59:59'", "'838:59:59'", "'-00:01:00'", "'-01:00:00'", "'-00:00:01'", "'-10:00:00'", "'-00:00:59'"],
  ['time(1)', "'-00:00:00.1'", "'-00:01:00'", "'838:59:58.9'", "'-100:00:00.9'"],
  ['time(2)', "'-00:59:59.99'", "'-01:00:00'", "'00:00:00.01'"],
  ['time(3)', "'-00:00:00.001'", "'-00:01:00.000'", "'23:59:59.999'"],
  ['time(4)', "'-01:00:00.0001'", "'-100:00:00'"],
  ['time(5)', "'-00:00:59.99999'", "'12:00:00.00001'"],
  ['time(6)', "'-838:59:58.999999'", "'-00:00:00.000001'", "'-01:00:00'", "'23:59:59.999999'"],
  ['datetime', "'2026-03-29 02:30:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'"],
  ['datetime(1)', "'2026-03-29 02:30:00.9'", "'1969-12-31 23:59:59.9'"],
  ['datetime(2)', "'2026-03-29 02:30:00.99'"],
  ['datetime(3)', "'2026-03-29 02:30:00.999'", "'1969-12-31 23:59:59.999'"],
  ['datetime(4)', "'2026-03-29 02:30:00.9999'"],
  ['datetime(5)', "'2026-03-29 02:30:00.00001'"],
  ['datetime(6)', "'1969-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.999999'", "'2026-00-10 01:02:03.000001'"],
  [
    'timestamp NULL',
    "'2038-01-19 03:14:07'",
    "'1970-01-01 00:00:01'",
    "'0000-00-00 00:00:00'",
    "'2026-10-25 00:30:00'",
  ],
  ['timestamp(1) NULL', "'2026-03-29 01:30:00.9'"],
  ['timestamp(2) NULL', "'2026-03-29 01:30:00.09'"],
  ['timestamp(3) NULL', "'2026-03-29 01:30:00.009'"],
  ['timestamp(4) NULL', "'2026-03-29 01:30:00.9999'"],
  ['timestamp(5) NULL', "'2026-03-29 01:30:00.00009'"],
  ['timestamp(6) NULL', "'2038-01-19 03:14:07.999999'", "'1970-01-01 00:00:00.000001'", "'2026-03-29 01:30:00'"],
]

const geometry = (text: string, srid = 0): string => `ST_GeomFromText('${text}', ${srid})`

const others: readonly Case[] = [
  ['point', geometry('POINT(1 2.5)', 4326), geometry('POINT(-1 0)')],
  ['geometry', geometry('LINESTRING(0 0,1 1)', 3857), geometry('GEOMETRYCOLLECTION EMPTY')],
  ['linestring', geometry('LINESTRING(0 0,1 1)')],
  ['polygon', geometry('POLYGON((0 0,0 4,4 4,4 0,0 0),(1 1,1 2,2 2,1 1))')],
  ['multipoint', geometry('MULTIPOINT(0 0,1 1)')],
  ['multilinestring', geometry('MULTILINESTRING((0 0,1 1),(2 2,3 3))')],
  ['multipolygon', geometry('MULTIPOLYGON(((0 0,0 1,1 1,0 0)))')],
  ['geometrycollection', geometry('GEOMETRYCOLLECTION(POINT(0 0),GEOMETRYCOLLECTION(POINT(1 1)))')],
]

/** Types of MariaDB alone. */
const ofMariadb: readonly Case[] = [
  ['varchar(100) COMPRESSED', "repeat('x', 100)", "''", "'ab'"],
  ['varbinary(200) COMPRESSED', "repeat('x', 200)", "x'00'"],
  ['text COMPRESSED', "repeat('ü', 1000)", "'a'"],
  ['blob COMPRESSED', "repeat('x', 1000)", "''"],
  [
    'uuid',
    "'3e11fa47-71ca-11e1-9e33-c80aa9429562'",
    "'00000000-0000-0000-0000-000000000000'",
    "'01890a5d-ac96-774b-bcce-b302099a8000'",
    "'f47ac10b-58cc-4372-a567-0e02b2c3d400'",
    "'1ec9414c-232a-6b00-b3c8-9e6bdeced846'",
  ],
  ['inet4', "'10.0.0.0'", "'0.0.0.0'", "'255.255.255.255'"],
  [
    'inet6',
    "'::'",
    "'::1'",
    "'::ffff:1.2.3.4'",
    "'::1.2.3.4'",
    "'2001:db8::'",
    "'1:0:0:2:0:0:0:3'",
    "'1:0:2:3:4:5:6:7'",
  ],
]

const ofMysql: readonly Case[] = [['varchar(20) CHARACTER SET gb18030', "'中文😀'"]]

/** Every type of a column of a server, with the values at its edges. A table has room for one group. */
export function casesOf(server: 'MariaDB' | 'MySQL'): Readonly<Record<string, readonly Case[]>> {
  return { numbers, texts, moments, others, [`types of ${server} alone`]: server === 'MariaDB' ? ofMariadb : ofMysql }
}
