/**
 * How a client reaches its brokers. Plain data without functions, so that each thread is given it and opens its own
 * connections; clients whose settings are equal share them.
 */
export interface ConnectionSettings {
  /** `host:port` of each broker of `bootstrap.servers`; an IPv6 host stands in brackets. At least one. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** TLS where present, also when empty (the machine's own certificate authorities). */
  readonly ssl?: SslSettings
  readonly sasl?: SaslSettings
  readonly timeouts: ConnectionTimeouts
}

export interface SslSettings {
  /** PEM of the trusted certificates; without it Node's own list. */
  readonly ca?: string
  /** PEM of this client's certificate chain and of its private key. */
  readonly cert?: string
  readonly key?: string
  /** Base64 of a PKCS12 store with both, in their place. */
  readonly pfx?: string
  /** Password of `key` or `pfx`. */
  readonly passphrase?: string
  /** Whether a broker's certificate must name its host (`ssl.endpoint.identification.algorithm` is `https`). */
  readonly verifyHost: boolean
}

export interface SaslSettings {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** Milliseconds. */
export interface ConnectionTimeouts {
  /** `socket.connection.setup.timeout.ms`: until a connection is made and encrypted. */
  readonly connectMs: number
  /** `request.timeout.ms`: until a broker answers. */
  readonly requestMs: number
  /** `retry.backoff.ms`, and `retry.backoff.max.ms`: between tries that failed. */
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}

/** One of a worker's Kafka clients: its connection, and its settings under Kafka's names without prefix (`acks`, `linger.ms`). */
export interface KafkaClientSettings {
  readonly connection: ConnectionSettings
  readonly settings: Readonly<Record<string, string>>
}

/** What `connectKafka` is given. */
export interface KafkaSettings {
  readonly admin: KafkaClientSettings
  readonly producer: KafkaClientSettings
  readonly consumer: KafkaClientSettings
}
