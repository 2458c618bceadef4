import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'mysql2'
import type { JdbcUrl } from '../connection/jdbc-url.js'

/** How a connection is encrypted; `optional`: only where the server can. */
export interface Encryption {
  readonly ssl: NonNullable<ConnectionOptions['ssl']>
  readonly optional: boolean
}

/** What the driver's settings say of encryption; undefined: none. Not told, MySQL's driver has it where the server can, MariaDB's has none. */
export async function encryptionOf(
  driver: JdbcUrl['driver'],
  of: Readonly<Record<string, string>>,
): Promise<Encryption | undefined> {
  const mode = of['sslMode']?.toUpperCase().replace('-', '_') ?? modeOfFlags(of) ?? modeOfDriver(driver)
  if (mode === 'DISABLED' || mode === 'DISABLE') return undefined
  const verify = mode.startsWith('VERIFY') || of['verifyServerCertificate'] === 'true'
  const ca = of['serverSslCert'] ? await readFile(of['serverSslCert'], 'utf8') : undefined
  const ssl = {
    rejectUnauthorized: verify,
    verifyIdentity: mode === 'VERIFY_IDENTITY' || mode === 'VERIFY_FULL',
    ...(ca && { ca }),
  }
  return { ssl, optional: mode === 'PREFERRED' }
}

/** The settings before there was `sslMode`. */
function modeOfFlags(of: Readonly<Record<string, string>>): string | undefined {
  if (of['useSSL'] === 'true' || of['requireSSL'] === 'true') return 'REQUIRED'
  return of['useSSL'] === 'false' ? 'DISABLED' : undefined
}

function modeOfDriver(driver: JdbcUrl['driver']): string {
  return driver === 'mysql' ? 'PREFERRED' : 'DISABLED'
}
