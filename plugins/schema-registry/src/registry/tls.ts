import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { errorMessage, field } from 'millrace/plugin'
import type { ConfigFields, ConfigIssue, ConfigOf } from 'millrace/plugin'

const storeTypes = ['JKS', 'PKCS12', 'PEM']

/** Kafka's SslConfigs under the registry's prefix, those that say whom to trust and who this client is. */
export const tlsKeys = {
  'schema.registry.ssl.truststore.type': field.string({
    doc: 'Kind of the trust store: PEM. JKS and PKCS12 cannot be read.',
    default: 'JKS',
    check: storeType,
  }),
  'schema.registry.ssl.truststore.location': field.string({
    doc: 'File with the certificates to trust. Default: those that Node trusts.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.truststore.password': field.password({
    doc: 'Not of a store in PEM.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.truststore.certificates': field.password({
    doc: 'Trusted certificates in PEM, in place of a file.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.keystore.type': field.string({
    doc: 'Kind of the key store: PEM or PKCS12. JKS cannot be read.',
    default: 'JKS',
    check: storeType,
  }),
  'schema.registry.ssl.keystore.location': field.string({
    doc: 'File with the private key and the certificate chain of this client.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.keystore.password': field.password({
    doc: 'Of a PKCS12 key store.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.keystore.key': field.password({
    doc: 'The private key in PEM, in place of a file.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.keystore.certificate.chain': field.password({
    doc: 'The certificate chain in PEM, in place of a file.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.key.password': field.password({
    doc: 'Of the private key.',
    importance: 'high',
    optional: true,
  }),
  'schema.registry.ssl.endpoint.identification.algorithm': field.string({
    doc: 'https: the certificate of the registry must name its host; empty: it need not.',
    importance: 'low',
    default: 'https',
    check: text => (/^(https)?$/i.test(text) ? undefined : 'String must be one of: https, or empty'),
  }),
} as const satisfies ConfigFields

function storeType(text: string): string | undefined {
  return storeTypes.includes(text.toUpperCase()) ? undefined : `Store type must be one of: ${storeTypes.join(', ')}`
}

export interface TlsIdentity {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly pfx?: Buffer
  readonly passphrase?: string
  readonly verifyHost: boolean
}

type TlsValues = ConfigOf<typeof tlsKeys>
type Key = keyof typeof tlsKeys
type Refuse = (key: Key, message: string, hint?: string) => undefined

/** Reads the stores; with issues nothing of it is to be used. What the files contain is never told (I8). */
export function readTls(values: TlsValues): { readonly tls: TlsIdentity; readonly issues: readonly ConfigIssue[] } {
  const issues: ConfigIssue[] = []
  const refuse: Refuse = (key, message, hint) => {
    issues.push({ key, message, ...(hint !== undefined && { hint }) })
    return undefined
  }
  const ca = readTrustStore(values, refuse)
  const identity = readKeyStore(values, refuse)
  const verifyHost = values['schema.registry.ssl.endpoint.identification.algorithm'] !== ''
  return { tls: { ...(ca !== undefined && { ca }), ...identity, verifyHost }, issues }
}

function readTrustStore(values: TlsValues, refuse: Refuse): string | undefined {
  const type = values['schema.registry.ssl.truststore.type'].toUpperCase()
  const location = values['schema.registry.ssl.truststore.location']
  const inline = values['schema.registry.ssl.truststore.certificates']
  if (location === undefined && inline === undefined) return undefined
  if (type !== 'PEM')
    return refuse(
      'schema.registry.ssl.truststore.type',
      `A trust store of type ${type} cannot be read here.`,
      'Write its certificates out as PEM (keytool -exportcert -rfc) and set the type to PEM.',
    )
  if (location !== undefined && inline !== undefined)
    return refuse('schema.registry.ssl.truststore.location', 'It is set, and so are the certificates.', 'Remove one.')
  const key = inline ? 'schema.registry.ssl.truststore.certificates' : 'schema.registry.ssl.truststore.location'
  const text = inline?.reveal() ?? readText('schema.registry.ssl.truststore.location', location!, refuse)
  if (text === undefined) return undefined
  const pem = pemBlocks(text, 'CERTIFICATE').join('')
  return pem !== '' && usable({ ca: pem }) ? pem : refuse(key, 'It has no certificate in PEM that can be read.')
}

function readKeyStore(values: TlsValues, refuse: Refuse): Omit<TlsIdentity, 'verifyHost' | 'ca'> | undefined {
  const type = values['schema.registry.ssl.keystore.type'].toUpperCase()
  const location = values['schema.registry.ssl.keystore.location']
  const inlineKey = values['schema.registry.ssl.keystore.key']
  const inlineChain = values['schema.registry.ssl.keystore.certificate.chain']
  if (location === undefined && inlineKey === undefined && inlineChain === undefined) return undefined
  if (location === undefined) {
    if (inlineKey === undefined || inlineChain === undefined)
      return refuse(
        inlineKey === undefined ? 'schema.registry.ssl.keystore.key' : 'schema.registry.ssl.keystore.certificate.chain',
        'Key and certificate chain go together, and it is missing.',
      )
    return pemIdentity(inlineKey.reveal(), inlineChain.reveal(), 'schema.registry.ssl.keystore.key', values, refuse)
  }
  if (inlineKey !== undefined || inlineChain !== undefined)
    return refuse(
      'schema.registry.ssl.keystore.location',
      'It is set, and so is what stands in its place.',
      'Remove one.',
    )
  if (type === 'PEM') {
    const text = readText('schema.registry.ssl.keystore.location', location, refuse)
    return text === undefined
      ? undefined
      : pemIdentity(text, text, 'schema.registry.ssl.keystore.location', values, refuse)
  }
  const file = readBytes('schema.registry.ssl.keystore.location', location, refuse)
  if (file === undefined) return undefined
  const passphrase = (
    values['schema.registry.ssl.keystore.password'] ?? values['schema.registry.ssl.key.password']
  )?.reveal()
  if (passphrase === undefined) return refuse('schema.registry.ssl.keystore.password', 'The key store needs it.')
  // Java opens a store by what it is, and PKCS12 is what keytool has made for years whatever the type says.
  return usable({ pfx: file, passphrase })
    ? { pfx: file, passphrase }
    : refuse(
        'schema.registry.ssl.keystore.location',
        'It cannot be read as PKCS12 with that password.',
        'Convert it: keytool -importkeystore -srckeystore STORE -destkeystore key.p12 -deststoretype PKCS12.',
      )
}

function pemIdentity(
  keyText: string,
  chainText: string,
  name: Key,
  values: TlsValues,
  refuse: Refuse,
): Omit<TlsIdentity, 'verifyHost' | 'ca'> | undefined {
  const cert = pemBlocks(chainText, 'CERTIFICATE').join('')
  const key = pemBlocks(keyText, 'PRIVATE KEY').join('')
  const passphrase = values['schema.registry.ssl.key.password']?.reveal()
  const identity = { cert, key, ...(passphrase !== undefined && { passphrase }) }
  return cert !== '' && key !== '' && usable(identity)
    ? identity
    : refuse(name, 'It has no private key with its certificate in PEM that can be read with that password.')
}

function usable(parts: Parameters<typeof createSecureContext>[0]): boolean {
  try {
    createSecureContext(parts)
    return true
  } catch {
    return false
  }
}

function readBytes(key: Key, path: string, refuse: Refuse): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    const missing = (error as { code?: string }).code === 'ENOENT'
    return refuse(key, missing ? `There is no file ${path}.` : `${path} cannot be read: ${errorMessage(error)}`)
  }
}

function readText(key: Key, path: string, refuse: Refuse): string | undefined {
  return readBytes(key, path, refuse)?.toString('utf8')
}

/** The blocks whose kind ends in `kind`, written out anew: in a properties file they stand without line breaks, which OpenSSL does not take. */
function pemBlocks(text: string, kind: 'CERTIFICATE' | 'PRIVATE KEY'): readonly string[] {
  const blocks: string[] = []
  for (const [whole, label = '', body = ''] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)) {
    if (label !== kind && !label.endsWith(` ${kind}`)) continue
    const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? []
    blocks.push(
      body.includes(':') ? `${whole}\n` : [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----\n`].join('\n'),
    )
  }
  return blocks
}
