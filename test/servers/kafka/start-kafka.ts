import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { freePorts } from '../free-ports.js'
import { jarsOf } from '../java/jars.js'
import type { Jvm } from '../java/java-process.js'
import { until } from '../until.js'
import { makeBroker, type Broker, type BrokerProcess } from './broker.js'
import type { BrokerPorts } from './broker-properties.js'
import { makeCertificates, type Certificates } from './certificates.js'

export interface KafkaOptions {
  /** Default 1. With 3, topics have three replicas by default. */
  readonly brokers?: 1 | 3
  /** SASL listeners; the user is `saslUser`. */
  readonly sasl?: boolean
  /** TLS listeners; an object says whether clients show a certificate. */
  readonly tls?: boolean | { readonly clientAuth: 'requested' | 'required' }
  /** Default `lean`, with a heap of 384 MB; `shipped` is what kafka-server-start.sh starts: 1 GB. */
  readonly jvm?: Jvm
  /** Of each broker's server.properties, over those that the harness sets. */
  readonly properties?: Readonly<Record<string, string>>
}

/** `host:port,…` of each listener; absent where the cluster has no such listener. */
export interface Bootstrap {
  readonly plaintext: string
  readonly sasl?: string
  readonly tls?: string
  readonly saslTls?: string
}

export interface KafkaServer {
  readonly bootstrap: Bootstrap
  /** Where there is a TLS listener. */
  readonly certificates?: Certificates
  readonly brokers: readonly Broker[]
  /** Kills every broker and removes all data. */
  stop(): Promise<void>
}

const readyMs = 90_000

/** Starts a cluster of its own, and resolves when every broker takes part. Whoever starts one stops it. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const jars = await jarsOf('kafka/pom.xml')
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-kafka-'))
  const count = options.brokers ?? 1
  const certificates = options.tls ? await makeCertificates(join(scratch, 'tls')) : undefined
  const ports = await portsOf(count, options)
  const addresses = ports.map(({ plaintext }) => `127.0.0.1:${plaintext}`)
  const takesPart = async (broker: BrokerProcess): Promise<void> => {
    let last: unknown
    await until(
      () => `broker ${broker.id} to take part (${String(last)})`,
      readyMs,
      async () => {
        broker.mustRun()
        try {
          return (await knownBrokers(addresses[broker.id - 1]!)).includes(broker.id)
        } catch (error) {
          last = error
          return false
        }
      },
    )
  }
  const brokers = await Promise.all(
    ports.map((own, at) =>
      makeBroker(
        {
          id: at + 1,
          directory: join(scratch, `broker-${at + 1}`),
          ports: own,
          controllers: ports.map(({ controller }) => controller),
          ...(certificates && {
            tls: { ...certificates, clientAuth: typeof options.tls === 'object' ? options.tls.clientAuth : 'none' },
          }),
          properties: options.properties ?? {},
        },
        jars,
        scratch,
        options.jvm ?? 'lean',
        takesPart,
      ),
    ),
  )
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map(broker => broker.kill()))
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    await Promise.all(brokers.map(broker => broker.start()))
  } catch (error) {
    await stop()
    throw error
  }
  return { bootstrap: bootstrapOf(ports), ...(certificates && { certificates }), brokers, stop }
}

async function portsOf(count: number, { sasl, tls }: KafkaOptions): Promise<BrokerPorts[]> {
  const free = await freePorts(count * 5)
  return Array.from({ length: count }, (_, at) => {
    const [controller, plaintext, saslPort, tlsPort, saslTls] = free.slice(at * 5) as [
      number,
      number,
      number,
      number,
      number,
    ]
    return {
      controller,
      plaintext,
      ...(sasl && { sasl: saslPort }),
      ...(tls && { tls: tlsPort }),
      ...(sasl && tls && { saslTls }),
    }
  })
}

function bootstrapOf(ports: readonly BrokerPorts[]): Bootstrap {
  const all = (host: string, listener: keyof BrokerPorts): string | undefined => {
    const own = ports.flatMap(broker => broker[listener] ?? [])
    return own.length === 0 ? undefined : own.map(port => `${host}:${port}`).join(',')
  }
  const sasl = all('127.0.0.1', 'sasl')
  const tls = all('localhost', 'tls')
  const saslTls = all('localhost', 'saslTls')
  return {
    plaintext: all('127.0.0.1', 'plaintext')!,
    ...(sasl !== undefined && { sasl }),
    ...(tls !== undefined && { tls }),
    ...(saslTls !== undefined && { saslTls }),
  }
}

/** The brokers that take part, as this one sees it: a port that is open is not enough, a fenced broker has one too. */
async function knownBrokers(address: string): Promise<number[]> {
  const admin = new Kafka({
    clientId: 'harness',
    brokers: [address],
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  }).admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId)
  } finally {
    await admin.disconnect()
  }
}
