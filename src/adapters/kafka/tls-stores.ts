import { createSecureContext } from 'node:tls'
import { field, type ConfigFields, type ConfigOf, type Secret } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import type { SslSettings } from './connection.js'
import { pemBlocks, readCertificates, readPrivateKey } from './pem.js'

const storeTypes = ['JKS', 'PKCS12', 'PEM']

/** Kafka's SslConfigs, those that say whom to trust and who this client is. */
export const tlsFields = {
  'ssl.truststore.type': field.string({
    doc: 'Kind of the trust store: PEM.',
    default: 'JKS',
    check: storeType,
  }),
  'ssl.truststore.location': field.string({ doc: 'File of the trust store.', optional: true, importance: 'high' }),
  'ssl.truststore.password': field.password({ doc: 'Not of PEM.', optional: true }),
  'ssl.truststore.certificates': field.password({
    doc: 'Trusted certificates in PEM, in place of a file.',
    optional: true,
  }),
  'ssl.keystore.type': field.string({
    doc: 'Kind of the key store: PEM or PKCS12.',
    default: 'JKS',
    check: storeType,
  }),
  'ssl.keystore.location': field.string({
    doc: 'File with the private key and the certificate chain of this client.',
    optional: true,
    importance: 'high',
  }),
  'ssl.keystore.password': field.password({ doc: 'Of a PKCS12 key store.', optional: true }),
  'ssl.keystore.key': field.password({ doc: 'The private key in PEM, in place of a file.', optional: true }),
  'ssl.keystore.certificate.chain': field.password({
    doc: 'The certificate chain in PEM, in place of a file.',
    optional: true,
  }),
  'ssl.key.password': field.password({ doc: 'Of the private key.', optional: true }),
  'ssl.endpoint.identification.algorithm': field.string({
    doc: 'https: the certificate of a broker must name its host; empty: it need not.',
    default: 'https',
    check: text => (/^(https)?$/i.test(text) ? undefined : 'String must be one of: https, or empty'),
  }),
} as const satisfies ConfigFields

function storeType(text: string): string | undefined {
  return storeTypes.includes(text.toUpperCase()) ? undefined : `Store type must be one of: ${storeTypes.join(', ')}`
}

export type TlsValues = ConfigOf<typeof tlsFields>
/** Fails with the reason where there is no such file, or it may not be read. */
export type ReadFile = (path: string) => Buffer

export interface ReadTls {
  /** To be used only where `issues` is empty. */
  readonly ssl: SslSettings
  readonly issues: readonly ConfigIssue[]
}

/** Reads the stores, and checks them as far as they can be checked without a broker (I10). What they contain is never told (I8). */
export function readTls(values: TlsValues, readFile: ReadFile): ReadTls {
  const issues: ConfigIssue[] = []
  const refuse: Refuse = (key, message, hint) => {
    issues.push({ key, message, ...(hint !== undefined && { hint }) })
    return undefined
  }
  const open = (key: Key, path: string): Buffer | undefined => {
    try {
      return readFile(path)
    } catch (error) {
      const missing = (error as { code?: string }).code === 'ENOENT'
      return refuse(key, missing ? `There is no file ${path}.` : `${path} cannot be read: ${String(error)}`)
    }
  }
  const ca = readTrustStore(values, open, refuse)
  const identity = readKeyStore(values, open, refuse)
  const verifyHost = values['ssl.endpoint.identification.algorithm'] !== ''
  return { ssl: { ...(ca !== undefined && { ca }), ...identity, verifyHost }, issues }
}

type Key = keyof typeof tlsFields
type Refuse = (key: Key, message: string, hint?: string) => undefined
type Open = (key: Key, path: string) => Buffer | undefined
type Identity = Pick<SslSettings, 'cert' | 'key' | 'pfx' | 'passphrase'>

function readTrustStore(values: TlsValues, open: Open, refuse: Refuse): string | undefined {
  const type = values['ssl.truststore.type']?.toUpperCase()
  const location = values['ssl.truststore.location']
  const inline = values['ssl.truststore.certificates']
  if (inline !== undefined) {
    if (type !== 'PEM')
      return refuse('ssl.truststore.type', `It must be PEM where ssl.truststore.certificates is set, not ${type}.`)
    if (location !== undefined)
      return refuse('ssl.truststore.location', 'It is set, and so is ssl.truststore.certificates.', chooseOne)
    return trusted('ssl.truststore.certificates', inline.reveal(), refuse)
  }
  if (location === undefined) return undefined
  if (type !== 'PEM')
    return refuse(
      'ssl.truststore.type',
      `A trust store of type ${type} cannot be read here.`,
      `Write its certificates out, keytool -exportcert -rfc -keystore ${location} -alias ALIAS -file ca.pem for each, and set ssl.truststore.type=PEM and ssl.truststore.location=ca.pem.`,
    )
  if (values['ssl.truststore.password'] !== undefined)
    return refuse('ssl.truststore.password', 'A trust store in PEM has no password.', 'Remove the key.')
  const file = open('ssl.truststore.location', location)
  return file && trusted('ssl.truststore.location', file.toString('utf8'), refuse)
}

const chooseOne = 'Remove one of the two.'

function trusted(key: Key, text: string, refuse: Refuse): string | undefined {
  return readCertificates(text)?.pem ?? refuse(key, 'It has no certificate in PEM that can be read.')
}

function readKeyStore(values: TlsValues, open: Open, refuse: Refuse): Identity | undefined {
  const type = values['ssl.keystore.type']?.toUpperCase()
  const location = values['ssl.keystore.location']
  const key = values['ssl.keystore.key']
  const chain = values['ssl.keystore.certificate.chain']
  if (key !== undefined || chain !== undefined) {
    if (type !== 'PEM')
      return refuse('ssl.keystore.type', `It must be PEM where key or certificates are written out, not ${type}.`)
    if (location !== undefined)
      return refuse('ssl.keystore.location', 'It is set, and so is what stands in its place.', chooseOne)
    if (key === undefined) return refuse('ssl.keystore.key', 'It is missing beside ssl.keystore.certificate.chain.')
    if (chain === undefined) return refuse('ssl.keystore.certificate.chain', 'It is missing beside ssl.keystore.key.')
    const names = { key: 'ssl.keystore.key', chain: 'ssl.keystore.certificate.chain' } as const
    return pemIdentity({ key: key.reveal(), chain: chain.reveal() }, names, values, refuse)
  }
  if (location === undefined) return undefined
  const file = open('ssl.keystore.location', location)
  if (file === undefined) return undefined
  if (type === 'PEM') {
    if (values['ssl.keystore.password'] !== undefined)
      return refuse(
        'ssl.keystore.password',
        'A key store in PEM has no password, only its key has.',
        'Use ssl.key.password.',
      )
    const text = file.toString('utf8')
    const names = { key: 'ssl.keystore.location', chain: 'ssl.keystore.location' } as const
    return pemIdentity({ key: text, chain: text }, names, values, refuse)
  }
  // Java opens a store by what it is, and PKCS12 is what keytool has made for years whatever the type says.
  if (file.readUInt32BE(0) === jksMagic)
    return refuse(
      'ssl.keystore.location',
      'A key store in the format JKS cannot be read here.',
      `Convert it, keytool -importkeystore -srckeystore ${location} -destkeystore key.p12 -deststoretype PKCS12, and set ssl.keystore.location=key.p12.`,
    )
  return pkcs12Identity(file, values['ssl.keystore.password'] ?? values['ssl.key.password'], refuse)
}

const jksMagic = 0xfeedfeed

interface IdentityText {
  readonly key: string
  readonly chain: string
}

function pemIdentity(
  text: IdentityText,
  names: { readonly key: Key; readonly chain: Key },
  values: TlsValues,
  refuse: Refuse,
): Identity | undefined {
  const certificates = readCertificates(text.chain)
  if (certificates === undefined) refuse(names.chain, 'It has no certificate in PEM that can be read.')
  const keys = pemBlocks(text.key, 'PRIVATE KEY')
  if (keys.length !== 1)
    return refuse(names.key, `It has ${keys.length === 0 ? 'no' : keys.length} private keys in PEM; it needs one.`)
  const passphrase = values['ssl.key.password']?.reveal()
  const key = readPrivateKey(keys[0]!, passphrase)
  if (key === undefined) {
    const encrypted = /ENCRYPTED/.test(keys[0]!)
    return encrypted
      ? refuse(
          'ssl.key.password',
          passphrase === undefined ? 'The private key needs it.' : 'The private key has another.',
        )
      : refuse(names.key, 'The private key cannot be read.')
  }
  if (certificates === undefined) return undefined
  if (!certificates.first.checkPrivateKey(key.key))
    return refuse(names.key, 'The private key does not belong to the first certificate of the chain.')
  return { cert: certificates.pem, key: key.pem, ...(passphrase !== undefined && { passphrase }) }
}

function pkcs12Identity(file: Buffer, password: Secret | undefined, refuse: Refuse): Identity | undefined {
  if (password === undefined) return refuse('ssl.keystore.password', 'The key store needs it.')
  const passphrase = password.reveal()
  try {
    createSecureContext({ pfx: file, passphrase })
  } catch (error) {
    if (/mac verify failure/i.test(String(error))) return refuse('ssl.keystore.password', 'The key store has another.')
    return refuse(
      'ssl.keystore.location',
      'It cannot be read as PKCS12, or has no private key.',
      'Write it out as PEM: openssl pkcs12 -in STORE -out key.pem, with ssl.keystore.type=PEM.',
    )
  }
  return { pfx: file.toString('base64'), passphrase }
}
