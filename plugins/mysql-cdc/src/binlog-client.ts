import ZongJi, { type ZongJiOptions } from '@vlasky/zongji'
import type { ConnectionOptions } from 'mysql2'
import { commitMicros, geometriesAsBlobs } from './event-packets.js'

type IsWanted = (database: string, table: string) => boolean

/** What the client hands each packet to. */
interface Packets {
  readonly _paused?: boolean
  handlePacket(packet?: { readonly buffer: Buffer; readonly offset: number; readonly end: number }): void
}

/** The client library, with what its options do not give: a filter of tables by function, a count of all events, when a transaction was committed, and columns behind geometries of MariaDB. */
export class BinlogClient extends ZongJi {
  readonly #isWanted: IsWanted
  /** Of all events that the server has sent, but those that are no part of its log. */
  count = 0
  /** Of the transaction that began last. */
  committed: number | undefined
  /** Columns of the last table that are geometries and came as blobs. */
  geometries: readonly number[] = []

  constructor(connection: ConnectionOptions, isWanted: IsWanted) {
    super(connection)
    this.#isWanted = isWanted
  }

  /** Also listens to what the library does not read. */
  override start(options: ZongJiOptions): void {
    super.start(options)
    const connection = this.connection as unknown as Packets
    const handle = connection.handlePacket.bind(connection)
    connection.handlePacket = packet => {
      // What comes while it is paused comes here again afterwards.
      const { _paused: isPaused } = connection
      if (packet !== undefined && isPaused !== true) this.#look(packet.buffer.subarray(packet.offset, packet.end))
      handle(packet)
    }
  }

  #look(packet: Buffer): void {
    this.committed = commitMicros(packet) ?? this.committed
    if (this.isMariaDb) this.geometries = geometriesAsBlobs(packet) ?? this.geometries
  }

  /** Asked by the library for each event before it is decoded. */
  _skipEvent(name: string): boolean {
    if (name !== 'heartbeat') this.count++
    return false
  }

  /** Asked by the library for each table that is about to be changed. */
  _skipSchema(database: string, table: string): boolean {
    return !this.#isWanted(database, table)
  }
}
