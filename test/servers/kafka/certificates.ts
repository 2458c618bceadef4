import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Files in PEM. */
export interface Certificates {
  /** The authority that signed the others. */
  readonly ca: string
  /** Key and chain of a server named `localhost`; not of 127.0.0.1, so that a wrong host can be tried. */
  readonly server: string
  readonly clientKey: string
  readonly clientCertificate: string
  /** The client's key and certificate as PKCS12, password `client-secret`. */
  readonly clientStore: string
}

/** Makes an authority and what it signs, in `folder`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await mkdir(folder, { recursive: true })
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const sign = async (name: string, subject: string, extension: string): Promise<void> => {
    await openssl('req', ...newKey, '-subj', `/CN=${subject}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    await writeFile(join(folder, `${name}.ext`), extension)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '3650', '-extfile', `${name}.ext`]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`)
  }
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '3650',
    '-subj',
    '/CN=millrace-test',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  await sign('server', 'localhost', 'subjectAltName=DNS:localhost')
  await sign('client', 'client', 'extendedKeyUsage=clientAuth')
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  await writeFile(
    join(folder, 'server.pem'),
    (await Promise.all(['server.key', 'server.crt', 'ca.pem'].map(text))).join(''),
  )
  const store = ['-inkey', 'client.key', '-in', 'client.crt', '-passout', 'pass:client-secret', '-out', 'client.p12']
  await openssl('pkcs12', '-export', ...store)
  return {
    ca: join(folder, 'ca.pem'),
    server: join(folder, 'server.pem'),
    clientKey: join(folder, 'client.key'),
    clientCertificate: join(folder, 'client.crt'),
    clientStore: join(folder, 'client.p12'),
  }
}
