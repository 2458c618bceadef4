import { expect, test } from 'vitest'
import { tlsFailure } from '../../../src/adapters/kafka/tls-failures.js'

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', 'ssl.truststore'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ssl.truststore'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'ssl.endpoint.identification.algorithm'],
  ['CERT_HAS_EXPIRED', 'clocks'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ssl.keystore'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'ssl.keystore'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ssl.keystore'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'security.protocol'],
  ['ERR_SSL_SOMETHING_NEW', 'security.protocol'],
])('%s is told with %s', (code, hint) => {
  expect(tlsFailure(code)?.hint).toContain(hint)
})

test('what is not about TLS is left to others', () => {
  expect(['ECONNREFUSED', 'ENOTFOUND', 'EPIPE'].map(tlsFailure)).toEqual([undefined, undefined, undefined])
})
