/** Where a broker listens. The controller's port is not for clients. */
export interface BrokerPorts {
  readonly controller: number
  readonly plaintext: number
  readonly sasl?: number
  readonly tls?: number
  readonly saslTls?: number
}

/** One broker of a cluster, as its server.properties says it. */
export interface BrokerFile {
  readonly id: number
  readonly directory: string
  readonly ports: BrokerPorts
  /** Of every broker of the cluster, by id from 1. */
  readonly controllers: readonly number[]
  readonly tls?: {
    readonly server: string
    readonly ca: string
    readonly clientAuth: 'none' | 'requested' | 'required'
  }
  /** Over all others. */
  readonly properties: Readonly<Record<string, string>>
}

/** The one user that every SASL listener knows, by each mechanism. */
export const saslUser = { username: 'test', password: 'test-secret' } as const
export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const host = '127.0.0.1'

/** Kafka's server.properties for a small and quick broker that is its own controller. */
export function brokerProperties(file: BrokerFile): string {
  const { id, ports, controllers, tls } = file
  const brokers = controllers.length
  // Certificates name localhost, so the encrypted listeners are reached by that name.
  const listeners = [
    ['PLAINTEXT', host, ports.plaintext],
    ['SASL_PLAINTEXT', host, ports.sasl],
    ['SSL', 'localhost', ports.tls],
    ['SASL_SSL', 'localhost', ports.saslTls],
  ].filter(([, , port]) => port !== undefined)
  const advertised = listeners.map(([name, at, port]) => `${name}://${at}:${port}`).join(',')
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': controllers.map((port, at) => `${at + 1}@${host}:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `${advertised},CONTROLLER://${host}:${ports.controller}`,
    'advertised.listeners': advertised,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
    'log.dirs': `${file.directory}/logs`,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // A broker that was killed may not come back before its old session is over (9 s by default).
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 500,
    // Its default would take a third of the heap.
    'log.cleaner.dedupe.buffer.size': 4 << 20,
    'default.replication.factor': brokers,
    'offsets.topic.replication.factor': brokers,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': brokers,
    'transaction.state.log.min.isr': brokers > 2 ? 2 : 1,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': brokers,
    'share.coordinator.state.topic.min.isr': brokers > 2 ? 2 : 1,
    'group.initial.rebalance.delay.ms': 0,
    ...(ports.sasl !== undefined && saslSettings('sasl_plaintext')),
    ...(ports.saslTls !== undefined && saslSettings('sasl_ssl')),
    ...(tls && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': tls.server,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': tls.ca,
      'ssl.client.auth': tls.clientAuth,
    }),
    ...file.properties,
  }
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
}

function saslSettings(listener: string): Record<string, string> {
  const { username, password } = saslUser
  const jaas = 'org.apache.kafka.common.security'
  const scram = `${jaas}.scram.ScramLoginModule required;`
  return {
    'sasl.enabled.mechanisms': saslMechanisms.join(','),
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: saslMechanisms.join(','),
    [`listener.name.${listener}.plain.sasl.jaas.config`]: `${jaas}.plain.PlainLoginModule required username="${username}" password="${password}" user_${username}="${password}";`,
    [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`]: scram,
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]: scram,
  }
}
