/** How a listener encrypts, as text that Node's TLS takes. */
export interface ListenerTls {
  /** PEM of the certificate chain and of its private key. */
  readonly cert?: string
  readonly key?: string
  /** Base64 of a PKCS12 store with both, in their place. */
  readonly pfx?: string
  /** Password of `key` or `pfx`. */
  readonly passphrase?: string
  /** PEM of the authorities whose clients are known; without it Node's own list. */
  readonly ca?: string
  /** Whether clients show a certificate: `requested` takes those without, and none that is not known (`ssl.client.auth`). */
  readonly clientAuth: 'none' | 'requested' | 'required'
}
