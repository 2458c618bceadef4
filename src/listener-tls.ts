import { readTls, tlsFields } from './adapters/kafka/tls-stores.js'
import type { ReadFile } from './cli/worker/access.js'
import type { ReadListenerTls } from './cli/worker/worker-checks.js'
import { field, type RawConfig } from './core/config/field.js'
import { parseFields } from './core/config/parse.js'

const fields = {
  ...tlsFields,
  'ssl.client.auth': field.string({
    doc: 'Whether clients show a certificate: none, requested or required.',
    default: 'none',
    oneOf: ['none', 'requested', 'required'],
  }),
} as const

/**
 * How the https listeners encrypt whose settings begin with `prefix` (`listeners.https.`, `admin.listeners.https.`). Where
 * no key has that prefix, those without any count, and else none of them (contract §3.1). Whom to trust is read where
 * clients show certificates.
 */
export function readListenerTls(raw: RawConfig, prefix: string, readFile: ReadFile): ReadListenerTls {
  const used = Object.keys(raw).some(key => key.startsWith(prefix)) ? prefix : ''
  const { values, issues } = parseFields(fields, raw, used)
  const isUsed = (key: string): boolean => key.startsWith(used) && Object.hasOwn(fields, key.slice(used.length))
  const clientAuth = values['ssl.client.auth']
  const withIdentity =
    values['ssl.keystore.location'] ?? values['ssl.keystore.key'] ?? values['ssl.keystore.certificate.chain']
  const missing = withIdentity === undefined && [
    {
      key: `${used}ssl.keystore.location`,
      message: 'An https listener needs a private key and its certificates, and the key is not set.',
      hint: `Set it to a PEM file with both and ${used}ssl.keystore.type=PEM, or to a PKCS12 store with ${used}ssl.keystore.password.`,
    },
  ]
  const { ssl, issues: found } = readTls(clientAuth === 'none' ? withoutTrust(values) : values, readFile)
  const { verifyHost: _, ...identity } = ssl
  return {
    tls: { ...identity, clientAuth },
    isUsed,
    issues: [...issues, ...(missing || []), ...found.map(issue => ({ ...issue, key: used + issue.key }))],
  }
}

type Values = Parameters<typeof readTls>[0]

function withoutTrust(values: Values): Values {
  const kept = Object.entries(values).filter(([key]) => !key.startsWith('ssl.truststore.'))
  return { ...Object.fromEntries(kept), 'ssl.truststore.type': 'PEM' } as Values
}
