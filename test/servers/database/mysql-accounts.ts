import { createConnection } from 'mysql2/promise'
import { account, type DatabaseAddress } from './database-server.js'

/** Statements, one a line, that give the account of every test all rights, from wherever it comes; `create` is the server's way to make a user that may be there. */
export function makeAccounts(create: 'CREATE OR REPLACE USER' | 'CREATE USER IF NOT EXISTS'): string {
  const names = [`'${account.user}'@'%'`, `'${account.user}'@'localhost'`]
  return names
    .map(
      name =>
        `${create} ${name} IDENTIFIED BY '${account.password}';\nGRANT ALL PRIVILEGES ON *.* TO ${name} WITH GRANT OPTION;\n`,
    )
    .join('')
}

/** Whether a MySQL or MariaDB lets its account in. */
export async function mysqlAnswers(address: DatabaseAddress): Promise<boolean> {
  const connection = await createConnection({ ...address, connectTimeout: 2_000 })
  try {
    await connection.query('SELECT 1')
    return true
  } finally {
    connection.destroy()
  }
}
