export type Types = readonly (readonly [declaration: string, ...values: string[]])[]

/** A column for each type that both servers have, and values for it: each makes a row, null is one more. */
export const types: Types = [
  ['tinyint', '-128'],
  ['tinyint(1)', '1', '7'],
  ['boolean NOT NULL DEFAULT true', 'false'],
  ['tinyint unsigned', '255'],
  ['smallint', '-32768'],
  ['smallint unsigned NOT NULL DEFAULT 5', '65535'],
  ['mediumint', '-8388608'],
  ['mediumint unsigned', '16777215'],
  ['int', '-2147483648'],
  ['int(5) unsigned zerofill', '42'],
  ['int unsigned NOT NULL', '4294967295'],
  ['bigint', '9223372036854775807', '-9223372036854775808'],
  ['bigint unsigned', '18446744073709551615', '9223372036854775808'],
  ['bigint unsigned NOT NULL DEFAULT 3', '7'],
  ['float', '1.1', '65536', '3.4e38'],
  ['float NOT NULL DEFAULT 0.5', '-0.1'],
  ['float(7,3)', '1234.568'],
  ['double', '0.1', '1.7976931348623157e308'],
  ['double(10,2) NOT NULL DEFAULT 1.5', '2.25'],
  ['decimal(20,2)', '123456789012345678.90', '-0.01'],
  ['decimal(20,2) NOT NULL DEFAULT 1.25', '-1'],
  ['decimal(5,0)', '-12345'],
  ['decimal', '7'],
  ['decimal(65,30) unsigned', '1.000000000000000000000000000001'],
  ['bit(1)', "b'1'", "b'0'"],
  ["bit(1) NOT NULL DEFAULT b'1'", "b'0'"],
  ['bit(3)', "b'101'"],
  ['bit(20)', "b'10000000000000000011'"],
  ['bit(64)', "b'1000000000000000000000000000000000000000000000000000000000000001'"],
  ['char(4)', "'ab'", "''"],
  ["char(4) NOT NULL DEFAULT 'x'", "'ü'"],
  ['varchar(10)', "'grüße😀'"],
  ["varchar(10) NOT NULL DEFAULT 'its'", "'x'"],
  ['varchar(10) CHARACTER SET latin1', "'grüße'"],
  ['varchar(10) CHARACTER SET gbk', "'中文'"],
  ['varchar(300)', "repeat('x', 300)"],
  ['tinytext', "'t'"],
  ['text', "''", "'text'"],
  ['mediumtext CHARACTER SET utf8mb3', "'ü'"],
  ['longtext NOT NULL', "'x'"],
  ['binary(4)', "x'0102'", "x'00000000'"],
  ["binary(3) NOT NULL DEFAULT 'abc'", "x'01'"],
  ['varbinary(10)', "x'00ff'", "''"],
  ['tinyblob', "x'01'"],
  ['blob', "x'00ff10'"],
  ['mediumblob', "x'01'"],
  ['longblob NOT NULL', "x'01'"],
  ["enum('a','b,c','ü')", "'a'", "'ü'"],
  ["enum('a','b') NOT NULL DEFAULT 'b'", "'a'"],
  ["set('a','b','c')", "'a,c'", "''"],
  ["set('a','b') NOT NULL DEFAULT 'a,b'", "'a'"],
  ['year', '2026', '1901'],
  ['year NOT NULL DEFAULT 2000', '2155'],
  ['date', "'2026-02-28'", "'1000-01-01'", "'0000-00-00'"],
  ["date NOT NULL DEFAULT '2020-01-02'", "'1999-12-31'"],
  ['time', "'23:59:59'", "'-838:59:59'", "'838:59:59'"],
  ['time(3)', "'01:02:03.004'", "'-00:00:00.5'", "'-10:00:00'"],
  ['time(6) NOT NULL', "'01:02:03.000001'"],
  ["time NOT NULL DEFAULT '01:00:00'", "'00:00:00'"],
  ['datetime', "'2026-03-01 12:00:00'", "'1000-01-01 00:00:00'", "'0000-00-00 00:00:00'"],
  ['datetime(3)', "'1969-12-31 23:59:59.999'"],
  ['datetime(6)', "'2026-03-01 12:00:00.123456'", "'9999-12-31 23:59:59.999999'"],
  ["datetime NOT NULL DEFAULT '2020-01-02 03:04:05'", "'2026-03-01 12:00:00'"],
  ['datetime NOT NULL DEFAULT current_timestamp()', "'2026-03-01 12:00:00'"],
  ['timestamp NULL', "'2026-03-01 12:00:00'", "'1970-01-01 00:00:01'"],
  ['timestamp(3) NULL', "'2026-03-01 12:00:00.123'"],
  ['timestamp(6) NOT NULL DEFAULT current_timestamp(6)', "'2026-03-01 12:00:00.500001'"],
  ["timestamp NOT NULL DEFAULT '2020-01-02 03:04:05'", "'2026-03-01 12:00:00'"],
  ['point', 'ST_GeomFromText("POINT(1 2.5)")'],
  ['geometry', 'ST_GeomFromText("LINESTRING(0 0, 1 1)", 4326)', 'ST_GeomFromText("POINT(1 2)")'],
  ['polygon', 'ST_GeomFromText("POLYGON((0 0, 0 1, 1 1, 0 0))")'],
  ['multipoint', 'ST_GeomFromText("MULTIPOINT(0 0, 1 1)")'],
  ['geometrycollection', 'ST_GeomFromText("GEOMETRYCOLLECTION(POINT(0 0))")'],
]

export const typeTable = (some: Types): string[] => [
  `CREATE TABLE types (id int PRIMARY KEY, ${some.map(([declaration], at) => `c${at} ${declaration}`).join(', ')})`,
]
export const rowsOf = (some: Types, first: number): string[] => {
  const most = Math.max(...some.map(values => values.length - 1))
  return Array.from({ length: most + 1 }, (_, row) => {
    const values = some.map(([declaration, ...all]) => all[row] ?? (/NOT NULL/.test(declaration) ? all[0] : 'NULL'))
    return `INSERT INTO types (id, ${some.map((_, at) => `c${at}`).join(', ')}) VALUES (${first + row}, ${values.join(', ')})`
  })
}

/** Debezium makes times that are none of a day null in texts, and Connect's type of times has no place for them. */
export const timesOfDay = (all: Types): Types =>
  all.map(([declaration, ...values]) =>
    declaration.startsWith('time') && !declaration.startsWith('timestamp')
      ? [declaration, ...values.filter(value => !/^'-|^'8/.test(value))]
      : [declaration, ...values],
  )

/** A table of each kind. */
export const tables = [
  `CREATE TABLE plain (id int PRIMARY KEY, a text, b int NOT NULL)`,
  `CREATE TABLE keyless (a int, b text)`,
  `CREATE TABLE pair (a int, b varchar(5), c text, PRIMARY KEY (b, a))`,
  `CREATE TABLE \`Mixed Näme\` (\`Id\` int PRIMARY KEY, \`from\` text, \`a-b\` int)`,
  `CREATE TABLE uniq (a int NOT NULL, b varchar(9), UNIQUE KEY one (a))`,
  `CREATE TABLE uniqnull (a int, b varchar(9), UNIQUE KEY one (a))`,
  `CREATE TABLE made (id int AUTO_INCREMENT PRIMARY KEY, a int, v int AS (a + 1) VIRTUAL, s int AS (a + 2) STORED)`,
  `CREATE TABLE isam (id int PRIMARY KEY, b text) ENGINE=MyISAM`,
  `INSERT INTO plain VALUES (1, 'one', 1)`,
  `INSERT INTO made (a) VALUES (1)`,
]
/** Changes of them, some of their definitions too; `bigint`: how the server declares that type. */
export const changes = (bigint: string): readonly string[] => [
  `INSERT INTO plain VALUES (2, NULL, 2), (3, 'x', 3)`,
  `UPDATE plain SET a = 'two' WHERE id = 2`,
  `UPDATE plain SET id = 20 WHERE id = 2`,
  `DELETE FROM plain WHERE id > 2`,
  `INSERT INTO keyless VALUES (1, 'x')`,
  `UPDATE keyless SET b = 'y'`,
  `DELETE FROM keyless`,
  `INSERT INTO pair VALUES (1, 'x', 'c'), (2, 'y', 'd')`,
  `UPDATE pair SET a = 3 WHERE a = 1`,
  `DELETE FROM pair WHERE a = 2`,
  `INSERT INTO \`Mixed Näme\` VALUES (1, 'f', 2)`,
  `UPDATE \`Mixed Näme\` SET \`a-b\` = 3`,
  `INSERT INTO uniq VALUES (1, 'x')`,
  `INSERT INTO uniqnull VALUES (1, 'x')`,
  `INSERT INTO made (a) VALUES (5)`,
  `UPDATE made SET a = 6 WHERE a = 5`,
  `INSERT INTO isam VALUES (1, 'x'), (2, 'y')`,
  `ALTER TABLE plain ADD extra varchar(5) DEFAULT 'e' FIRST`,
  `INSERT INTO plain (id, b) VALUES (30, 1)`,
  `ALTER TABLE plain DROP COLUMN a`,
  `UPDATE plain SET b = 2 WHERE id = 30`,
  `ALTER TABLE plain RENAME COLUMN extra TO more`,
  `ALTER TABLE plain MODIFY b ${bigint} NOT NULL`,
  `INSERT INTO plain (id, b) VALUES (31, 9007199254740993)`,
  `START TRANSACTION`,
  `INSERT INTO plain (id, b) VALUES (40, 1)`,
  `INSERT INTO pair VALUES (40, 'z', NULL)`,
  `DO sleep(1.1)`,
  `UPDATE plain SET b = 3 WHERE id = 40`,
  `COMMIT`,
  `START TRANSACTION`,
  `INSERT INTO plain (id, b) VALUES (41, 1)`,
  `ROLLBACK`,
  `TRUNCATE plain`,
]
