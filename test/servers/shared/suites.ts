import { describe } from 'vitest'
import { whyNoMariadb } from '../database/start-mariadb.js'
import { whyNoMysql } from '../database/start-mysql.js'
import { whyNoPostgres } from '../database/start-postgres.js'
import { whyNoJava } from '../java/java-present.js'

type Suite = (name: string, suite: () => void) => void

const hasJava = whyNoJava() === undefined

/** A suite that starts servers of its own: skipped on a machine without Java and Maven. */
export const describeWithJava: Suite = hasJava ? describe : describe.skip

/** A suite on the shared broker: it also runs against `KAFKA_BOOTSTRAP`. */
export const describeWithKafka: Suite = hasJava || process.env['KAFKA_BOOTSTRAP'] ? describe : describe.skip

/** Suites on a PostgreSQL, MariaDB or MySQL, shared or of their own. */
export const describeWithPostgres: Suite =
  whyNoPostgres() === undefined || process.env['POSTGRES_URL'] ? describe : describe.skip
export const describeWithMariadb: Suite =
  whyNoMariadb() === undefined || process.env['MARIADB_URL'] ? describe : describe.skip
export const describeWithMysql: Suite =
  whyNoMysql() === undefined || process.env['MYSQL_URL'] ? describe : describe.skip

/** For hooks that start servers: the first start on a machine fetches jars, and others may be starting as well. */
export const serverStartMs = 240_000
