import { readFile } from 'node:fs/promises'
import type { ConnectionOptions } from 'node:tls'

export interface PostgresTlsFiles {
  readonly rootcert: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** Of the key. */
  readonly password?: string | undefined
}

/** What a `sslmode` of libpq means, with the files that go with it (PEM); undefined: no encryption. */
export async function postgresTls(mode: string, files: PostgresTlsFiles): Promise<ConnectionOptions | undefined> {
  if (mode === 'disable' || mode === 'allow') return undefined
  const read = (file: string | undefined) => (file ? readFile(file, 'utf8') : undefined)
  const [ca, cert, key] = await Promise.all([read(files.rootcert), read(files.cert), read(files.key)])
  return {
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(files.password !== undefined && { passphrase: files.password }),
  }
}
