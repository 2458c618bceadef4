import { errorMessage, MillraceError } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import type { Logger } from '../../ports/logger.js'
import type { BrokerAddress } from './broker-address.js'
import { formatBrokerAddress } from './broker-address.js'
import { connectFailed, connectionLost, timedOut } from './broker-errors.js'
import type { ConnectionSettings } from './connection.js'
import { openRawConnection, type RawConnection } from './kafkajs-internals.js'
import type { Api } from './protocol/api.js'
import { WireReader } from './protocol/wire-reader.js'
import { WireWriter } from './protocol/wire-writer.js'

export interface CallOptions {
  /** Until the answer is there; after that the connection is given up, since what it would bring is not known. */
  readonly timeoutMs?: number
  readonly expectResponse?: boolean
}

/** A connection to one broker, and calls over it. Its requests are sent, and answered by the broker, in order. */
export class BrokerLink {
  readonly address: BrokerAddress
  readonly #connection: RawConnection
  readonly #clock: Clock
  readonly #requestMs: number

  private constructor(address: BrokerAddress, connection: RawConnection, clock: Clock, requestMs: number) {
    this.address = address
    this.#connection = connection
    this.#clock = clock
    this.#requestMs = requestMs
  }

  /** Fails with `log.unreachable`, `log.unauthenticated`, `log.tls_failed`. */
  static async open(
    address: BrokerAddress,
    settings: ConnectionSettings,
    { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  ): Promise<BrokerLink> {
    const broker = formatBrokerAddress(address)
    try {
      const connection = await openRawConnection(address, settings, message => {
        // What matters of it comes back as an error; this is for who looks closer.
        logger.log('debug', message, { broker })
      })
      return new BrokerLink(address, connection, clock, settings.timeouts.requestMs)
    } catch (error) {
      throw connectFailed(address, error, settings.ssl !== undefined)
    }
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  /** Fails with `log.unreachable` or `log.timed_out` (both pass), `log.broker_unsupported`, `log.broker_failed`. */
  async call<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: CallOptions & { readonly expectResponse: false },
  ): Promise<undefined>
  async call<Request, Response>(api: Api<Request, Response>, request: Request, options?: CallOptions): Promise<Response>
  async call<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    { timeoutMs = this.#requestMs, expectResponse = true }: CallOptions = {},
  ): Promise<Response | undefined> {
    this.#checkVersion(api)
    const writer = new WireWriter(api.flexible)
    api.encode(writer, request)
    const payload = await this.#send(api, writer.finish(), timeoutMs, expectResponse)
    if (!expectResponse) return undefined
    const reader = new WireReader(payload, api.flexible)
    try {
      reader.end() // tagged fields of the header
      return api.decode(reader)
    } catch (cause) {
      throw new MillraceError(
        'log.broker_failed',
        `${api.name} of ${formatBrokerAddress(this.address)} cannot be read: ${errorMessage(cause)}.`,
        { hint: 'See whether a Kafka broker listens there.', cause },
      )
    }
  }

  throttle(ms: number): void {
    this.#connection.throttle(ms)
  }

  /** Ends the connection at once. */
  close(reason: Error): void {
    this.#connection.end(reason)
  }

  async #send(
    api: { readonly name: string; readonly key: number; readonly version: number; readonly flexible: boolean },
    body: readonly Uint8Array[],
    timeoutMs: number,
    expectResponse: boolean,
  ): Promise<Buffer> {
    const { key: apiKey, name: apiName, version: apiVersion, flexible } = api
    const timer = this.#clock.setTimer(
      () => this.#connection.end(timedOut(`${apiName} at ${formatBrokerAddress(this.address)}`, timeoutMs)),
      timeoutMs,
    )
    try {
      return await this.#connection.send({ apiKey, apiName, apiVersion, flexible, body, expectResponse })
    } catch (cause) {
      this.#connection.end(cause as Error)
      if (cause instanceof MillraceError) throw cause
      throw connectionLost(this.address, cause)
    } finally {
      this.#clock.clearTimer(timer)
    }
  }

  #checkVersion(api: { readonly name: string; readonly key: number; readonly version: number }): void {
    const range = this.#connection.versions[api.key]
    if (range !== undefined && range.minVersion <= api.version && api.version <= range.maxVersion) return
    const spoken = range === undefined ? 'does not know it' : `speaks ${range.minVersion} to ${range.maxVersion}`
    throw new MillraceError(
      'log.broker_unsupported',
      `Kafka at ${formatBrokerAddress(this.address)} is needed to speak ${api.name} in version ${api.version}, and ${spoken}.`,
      { hint: 'Use Apache Kafka 3.1 or later.' },
    )
  }
}
