/** Why an encrypted connection did not come about, as the end of a sentence, and what to do. */
export interface TlsFailure {
  readonly reason: string
  readonly hint: string
}

/** OpenSSL's alerts from the other side: it is the broker who objects, to the certificate of this client. */
const refusedByBroker =
  /ALERT_(BAD_CERTIFICATE|CERTIFICATE_(REQUIRED|UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/

const known: readonly (readonly [code: RegExp, failure: TlsFailure])[] = [
  [
    refusedByBroker,
    {
      reason: 'the broker does not accept the certificate of this client, or got none',
      hint: 'Set ssl.keystore.* to a key and a certificate that the broker trusts.',
    },
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    {
      reason: 'the certificate of the broker is for another host',
      hint: 'Use a name that the certificate has in bootstrap.servers and advertised.listeners, or leave ssl.endpoint.identification.algorithm empty to check no name.',
    },
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE/,
    {
      reason: 'nothing that is trusted signed the certificate of the broker',
      hint: 'Set ssl.truststore.* to what signed it.',
    },
  ],
  [
    /CERT_(HAS_EXPIRED|NOT_YET_VALID)/,
    {
      reason: 'the certificate of the broker has expired, or is not valid yet',
      hint: 'Renew it, and see that the clocks of both machines are right.',
    },
  ],
  [
    /WRONG_VERSION_NUMBER|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|ALERT_PROTOCOL_VERSION|ALERT_HANDSHAKE_FAILURE/,
    {
      reason: 'the two sides have no version or cipher of TLS in common, or the port does not speak it',
      hint: 'Set security.protocol to what this port speaks, and let the broker take TLS 1.2 or 1.3.',
    },
  ],
]

/** What Node's and OpenSSL's code of an error means; undefined where it is none of TLS. */
export function tlsFailure(code: string): TlsFailure | undefined {
  const found = known.find(([codes]) => codes.test(code))
  if (found !== undefined) return found[1]
  if (!/CERT|SSL|TLS|SIGNATURE|ISSUER/.test(code)) return undefined
  return {
    reason: code,
    hint: 'Set ssl.truststore.* to what signed the broker’s certificate, and security.protocol to what this port speaks.',
  }
}
