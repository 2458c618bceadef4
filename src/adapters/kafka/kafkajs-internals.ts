import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { BrokerAddress } from './broker-address.js'
import type { ConnectionSettings } from './connection.js'

/**
 * The only file that reaches into kafkajs (2.2.4, exact). It takes from it what makes a connection: socket, TLS, the
 * versions that a broker speaks, SASL, frames and correlation ids. The types are of what is used here.
 */

interface KafkajsRequestQueue {
  readonly pending: { readonly length: number }
  throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  push(request: {
    readonly entry: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      readonly correlationId: number
      resolve(answer: { readonly payload: Buffer | null }): void
      reject(error: unknown): void
    }
    readonly expectResponse: boolean
    readonly requestTimeout: null
    sendRequest(): void
  }): void
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
  maybeThrottle(ms: number): void
  rejectAll(error: Error): void
  destroy(): void
}

interface KafkajsConnection {
  readonly clientId: string
  readonly requestQueue: KafkajsRequestQueue
  /** Set by `connect`. */
  readonly socket?: Socket
  connect(): Promise<true>
  authenticate(): Promise<void>
  isAuthenticated(): boolean
  isConnected(): boolean
  setVersions(versions: KafkajsVersions): void
  setSupportAuthenticationProtocol(supported: boolean): void
  nextCorrelationId(): number
  send(protocol: object): Promise<unknown>
}

type KafkajsVersions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>

interface Kafkajs {
  readonly Connection: new (options: {
    readonly host: string
    readonly port: number
    readonly clientId: string
    readonly ssl: ConnectionOptions | null
    readonly sasl: object | null
    readonly connectionTimeout: number
    readonly requestTimeout: number
    readonly enforceRequestTimeout: false
    readonly logger: unknown
    readonly socketFactory: unknown
  }) => KafkajsConnection
  readonly socketFactory: () => unknown
  readonly createLogger: (options: {
    readonly level: number
    readonly logCreator: () => (entry: KafkajsLogEntry) => void
  }) => unknown
  readonly requests: { readonly ApiVersions: { protocol(of: { readonly version: number }): () => object } }
}

interface KafkajsLogEntry {
  readonly namespace: string
  readonly log: { readonly message: string }
}

/** Loaded at the first connection: a node without Kafka never loads it. */
let loaded: Kafkajs | undefined

function kafkajs(): Kafkajs {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url)
    const loggers = require('kafkajs/src/loggers/index.js') as Pick<Kafkajs, 'createLogger'>
    loaded = {
      Connection: require('kafkajs/src/network/connection.js') as Kafkajs['Connection'],
      socketFactory: require('kafkajs/src/network/socketFactory.js') as Kafkajs['socketFactory'],
      createLogger: loggers.createLogger,
      requests: (require('kafkajs/src/protocol/requests/index.js') as Pick<Kafkajs, 'requests'>).requests,
    }
  }
  return loaded
}

/** Its levels: NOTHING 0, ERROR 1, WARN 2, INFO 4, DEBUG 5. */
const warnLevel = 2

/** What every request begins with: its size, then its header (version 1, or 2 where flexible). */
const sizeBytes = 4

export interface Frame {
  readonly apiKey: number
  readonly apiName: string
  readonly apiVersion: number
  readonly flexible: boolean
  readonly body: readonly Uint8Array[]
  /** False for a produce request without acknowledgement: it resolves with no bytes when it is written. */
  readonly expectResponse: boolean
}

/** An authenticated connection to one broker. It ends once and is not used again: kafkajs keeps half a response over. */
export interface RawConnection {
  readonly versions: KafkajsVersions
  readonly isOpen: boolean
  /** The response behind its correlation id. Rejects when the connection ends; has no deadline of its own. */
  send(frame: Frame): Promise<Buffer>
  /** Requests after this wait so long, as the broker asks (KIP-219). */
  throttle(ms: number): void
  /** Ends it at once; what is under way rejects with `error`. */
  end(error: Error): void
}

/** Rejects with kafkajs's own errors; `broker-errors.ts` reads them. */
export async function openRawConnection(
  address: BrokerAddress,
  settings: ConnectionSettings,
  log: (message: string) => void,
): Promise<RawConnection> {
  const { Connection, socketFactory, createLogger, requests } = kafkajs()
  const connection = new Connection({
    host: address.host,
    port: address.port,
    clientId: settings.clientId,
    ssl: tlsOptions(settings),
    // A copy, for kafkajs writes to it.
    sasl: settings.sasl === undefined ? null : { ...settings.sasl },
    connectionTimeout: settings.timeouts.connectMs,
    requestTimeout: settings.timeouts.requestMs,
    // Its check of deadlines is an interval of 100 ms for each connection. `BrokerLink` has deadlines of its own.
    enforceRequestTimeout: false,
    logger: createLogger({
      level: warnLevel,
      logCreator: () => entry => log(`${entry.namespace}: ${entry.log.message}`),
    }),
    socketFactory: socketFactory(),
  })
  quietQueue(connection.requestQueue)
  const giveUp = (message: string): void => {
    connection.requestQueue.rejectAll(new Error(message))
    connection.socket?.destroy()
  }
  let timer: NodeJS.Timeout | undefined
  try {
    await connection.connect()
    // kafkajs rejects what is under way when the broker ends the connection, but not when the socket just closes.
    connection.socket?.once('close', () => giveUp('the connection was closed'))
    const { connectMs, requestMs } = settings.timeouts
    const ms = Math.min(connectMs, requestMs)
    // A machine takes connections for a process that stands still.
    timer = setTimeout(() => giveUp(`no answer within ${ms} ms`), ms)
    const versions = await askVersions(connection, requests)
    connection.setVersions(versions)
    connection.setSupportAuthenticationProtocol(true)
    await connection.authenticate()
    return new OpenConnection(connection, versions, settings.sasl !== undefined)
  } catch (error) {
    connection.socket?.destroy()
    connection.requestQueue.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

class OpenConnection implements RawConnection {
  readonly versions: KafkajsVersions
  readonly #connection: KafkajsConnection
  readonly #authenticates: boolean
  #ended = false

  constructor(connection: KafkajsConnection, versions: KafkajsVersions, authenticates: boolean) {
    this.#connection = connection
    this.versions = versions
    this.#authenticates = authenticates
  }

  get isOpen(): boolean {
    return !this.#ended && this.#connection.isConnected() && this.#connection.socket?.destroyed === false
  }

  async send(frame: Frame): Promise<Buffer> {
    // The broker may limit how long it trusts a connection (KIP-368). All that are sent meanwhile wait for the same promise.
    if (this.#authenticates && !this.#connection.isAuthenticated()) await this.#connection.authenticate()
    const { clientId, requestQueue, socket } = this.#connection
    if (!this.isOpen || socket === undefined) throw new Error('The connection is closed')
    const correlationId = this.#connection.nextCorrelationId()
    const head = frameHead(frame, correlationId, clientId)
    const { apiKey, apiName, apiVersion, expectResponse } = frame
    const { payload } = await new Promise<{ readonly payload: Buffer | null }>((resolve, reject) => {
      requestQueue.push({
        entry: { apiKey, apiName, apiVersion, correlationId, resolve, reject },
        expectResponse,
        requestTimeout: null,
        sendRequest: () => {
          socket.cork()
          socket.write(head)
          for (const part of frame.body) socket.write(part)
          socket.uncork()
        },
      })
    })
    return payload ?? Buffer.alloc(0)
  }

  throttle(ms: number): void {
    this.#connection.requestQueue.maybeThrottle(ms)
  }

  end(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#connection.requestQueue.rejectAll(error)
    this.#connection.requestQueue.destroy()
    this.#connection.socket?.destroy()
  }
}

/**
 * kafkajs looks for requests to send after every response, in a timer that it also sets when nothing waits: with a
 * delay below zero, which Node takes for 1 ms (and from 24 on warns about), and for ever. Here it is set only when
 * something waits.
 */
function quietQueue(queue: KafkajsRequestQueue): void {
  const tick = 10
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length === 0 || queue.throttleCheckTimeoutId !== null) return
    queue.throttleCheckTimeoutId = setTimeout(
      () => {
        queue.throttleCheckTimeoutId = null
        queue.checkPendingRequests()
      },
      Math.max(tick, queue.throttledUntil - Date.now()),
    )
  }
}

async function askVersions(connection: KafkajsConnection, requests: Kafkajs['requests']): Promise<KafkajsVersions> {
  const answer = (await connection.send({ ...requests.ApiVersions.protocol({ version: 2 })() })) as {
    readonly apiVersions: readonly {
      readonly apiKey: number
      readonly minVersion: number
      readonly maxVersion: number
    }[]
  }
  return Object.fromEntries(
    answer.apiVersions.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { minVersion, maxVersion }]),
  )
}

function tlsOptions({ ssl }: ConnectionSettings): ConnectionOptions | null {
  if (ssl === undefined) return null
  const { ca, cert, key, pfx, passphrase, verifyHost } = ssl
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(pfx !== undefined && { pfx: Buffer.from(pfx, 'base64') }),
    ...(passphrase !== undefined && { passphrase }),
    ...(!verifyHost && { checkServerIdentity: () => undefined }),
  }
}

function frameHead(frame: Frame, correlationId: number, clientId: string): Buffer {
  const idBytes = Buffer.byteLength(clientId)
  const head = Buffer.allocUnsafe(sizeBytes + 10 + idBytes + (frame.flexible ? 1 : 0))
  const bodyBytes = frame.body.reduce((sum, part) => sum + part.byteLength, 0)
  head.writeInt32BE(head.length - sizeBytes + bodyBytes, 0)
  head.writeInt16BE(frame.apiKey, 4)
  head.writeInt16BE(frame.apiVersion, 6)
  head.writeInt32BE(correlationId, 8)
  head.writeInt16BE(idBytes, 12)
  head.write(clientId, 14)
  if (frame.flexible) head[head.length - 1] = 0 // no tagged fields
  return head
}
