import {
  ChangeRecords,
  completed,
  nameFilter,
  topicName,
  TransactionMonitor,
  withoutIncremental,
  type ChangeContext,
  type RawRow,
} from '@millrace/relational'
import type { OffsetMap, SourceRecord, Struct } from 'millrace/plugin'
import type { ChangeReaderParts } from './change-reader-parts.js'
import type { ChangeWatch, Place, RowChange } from './change-watch.js'
import type { Lsn } from './lsn.js'
import type { PostgresOffset } from './offset.js'
import { logicalMessage } from './logical-message.js'
import type { Decoded, Relation } from './pgoutput.js'
import type { Received } from './replication-stream.js'
import { sourceStruct } from './source-block.js'
import type { KnownTable } from './tables.js'

export type PostgresRecord = SourceRecord<OffsetMap, PostgresOffset>

interface Transaction {
  readonly xid: number
  readonly micros: number
  /** It was read whole before. */
  readonly isKnown: boolean
  readonly id: string
  origin: { readonly name: string; readonly lsn: Lsn } | undefined
}

const messageTypes = { insert: 'INSERT', update: 'UPDATE', delete: 'DELETE', truncate: 'TRUNCATE' } as const

/** Follows the stream: knows the transaction, the relations and how far it has come, and makes records of changes. */
export class ChangeReader {
  readonly #parts: ChangeReaderParts
  readonly #records: ChangeRecords<string, PostgresOffset>
  readonly #relations = new Map<number, KnownTable | undefined>()
  readonly #monitor: TransactionMonitor | undefined
  readonly #isMessage: (prefix: string) => boolean
  #transaction: Transaction | undefined
  #lastCommit: Lsn
  /** Whether a commit was seen since the start; until then records have none in their sequence. */
  #hasCommit = false
  #lsn: Lsn
  #events = 0
  #offset: PostgresOffset
  /** The position of the commit that was last seen, or of the log's end where nothing happens. */
  #told: Lsn

  constructor(parts: ChangeReaderParts, offset: PostgresOffset) {
    const { config, options, resume } = parts
    this.#parts = parts
    this.#records = new ChangeRecords(options)
    this.#offset = offset
    this.#lastCommit = resume.commit
    this.#told = resume.commit
    this.#hasCommit = offset.lsn_commit !== undefined
    this.#lsn = resume.lsn
    if (config['provide.transaction.metadata'])
      this.#monitor = new TransactionMonitor(
        topicName([config['topic.prefix'], config['topic.transaction']], config['topic.delimiter']),
      )
    this.#isMessage = nameFilter(config['message.prefix.include.list'], config['message.prefix.exclude.list'])
  }

  /** How far everything was read; what a mark or heartbeat carries. */
  get offset(): PostgresOffset {
    return this.#offset
  }

  /** Whether the offset says more than records have said: a transaction has ended, or the log went on without changes. */
  get hasProgress(): boolean {
    return this.#transaction === undefined && this.#lastCommit > this.#told
  }

  /** The offset with what has come since the last record, for a mark. */
  tell(): PostgresOffset {
    this.#told = this.#lastCommit
    const { messageType: _, lsn_events_processed: __, ...rest } = this.#offset
    this.#offset = {
      ...withoutIncremental(withoutSnapshot(rest)),
      ...this.#parts.watch?.fields,
      lsn: Math.max(this.#lastCommit, Number(rest.lsn ?? 0)),
      lsn_proc: this.#lastCommit,
      lsn_commit: this.#lastCommit,
      messageType: 'COMMIT',
    }
    return this.#offset
  }

  /** The offset as it was told last, with what signals have changed since. */
  retell(): PostgresOffset {
    this.#offset = { ...withoutIncremental(this.#offset), ...this.#parts.watch?.fields }
    return this.#offset
  }

  /** Where it stands now. In a transaction it is where its last change was. */
  get place(): Place {
    const lsn = this.#transaction === undefined ? this.#lastCommit : this.#lsn
    return { offset: this.#offset, lsn, lastCommit: this.#commitSeen, xid: this.#transaction?.xid }
  }

  get isInTransaction(): boolean {
    return this.#transaction !== undefined
  }

  /** When the transaction that is being read was committed, in ms since the epoch. */
  get committedAt(): number | undefined {
    return this.#transaction && this.#transaction.micros / 1_000
  }

  /** Changes are read at once but for those that a watch or a new table makes wait: a promise for each would cost more than all else. */
  read(received: Received): readonly PostgresRecord[] | Promise<readonly PostgresRecord[]> {
    if (received.type === 'keepalive') {
      // Everything before it was sent, and so was read: nothing that is wanted stands in between.
      if (this.#transaction === undefined && received.walEnd > this.#lastCommit) this.#lastCommit = received.walEnd
      return []
    }
    const { decoded, lsn } = received
    switch (decoded.type) {
      case 'begin':
        return this.#begin(decoded)
      case 'commit':
        return this.#commit(decoded.endLsn)
      case 'origin':
        if (this.#transaction) this.#transaction.origin = { name: decoded.name, lsn: decoded.lsn }
        return []
      case 'relation':
        return this.#relation(decoded.relation)
      case 'message':
        return this.#message(decoded, lsn)
      case 'insert':
      case 'update':
      case 'delete':
      case 'truncate':
        return this.#isNew(lsn) ? this.#change(decoded, lsn) : []
      case 'other':
        return []
    }
  }

  async #relation(relation: Relation): Promise<readonly PostgresRecord[]> {
    const { isCaptured, describe } = this.#parts
    this.#relations.set(relation.id, isCaptured(relation.schema, relation.name) ? await describe(relation) : undefined)
    return []
  }

  get #commitSeen(): Lsn | undefined {
    return this.#hasCommit ? this.#lastCommit : undefined
  }

  #begin({ finalLsn, micros, xid }: Extract<Decoded, { type: 'begin' }>): readonly PostgresRecord[] {
    const isKnown = finalLsn < this.#parts.resume.commit
    this.#transaction = { xid, micros, isKnown, id: `${xid}:${finalLsn}`, origin: undefined }
    this.#lsn = 0
    this.#events = 0
    this.#parts.watch?.begun(xid)
    if (isKnown || this.#monitor === undefined) return []
    return [this.#monitor.begin(this.#transaction.id, Math.floor(micros / 1_000), this.#parts.partition, this.#offset)]
  }

  #commit(endLsn: Lsn): readonly PostgresRecord[] {
    const transaction = this.#transaction
    this.#transaction = undefined
    if (endLsn > this.#lastCommit) this.#lastCommit = endLsn
    if (transaction === undefined || transaction.isKnown) return []
    this.#hasCommit = true
    if (this.#monitor === undefined) return []
    return [this.#monitor.end(Math.floor(transaction.micros / 1_000), this.#parts.partition, this.tell())]
  }

  /** Counts a change, and says whether it was not read before the start. */
  #isNew(lsn: Lsn): boolean {
    const { resume } = this.#parts
    this.#events = lsn === this.#lsn ? this.#events + 1 : 1
    this.#lsn = lsn
    const transaction = this.#transaction
    if (transaction === undefined || transaction.isKnown) return false
    if (transaction.xid !== resume.xid) return true
    return lsn > resume.lsn || (lsn === resume.lsn && this.#events > resume.events)
  }

  #change(decoded: RowChange, lsn: Lsn): readonly PostgresRecord[] | Promise<readonly PostgresRecord[]> {
    const { watch } = this.#parts
    return watch === undefined ? this.#recordsAt(decoded, lsn) : this.#watched(watch, decoded, lsn)
  }

  async #watched(watch: ChangeWatch, decoded: RowChange, lsn: Lsn): Promise<readonly PostgresRecord[]> {
    const first: PostgresRecord[] = []
    for (const id of decoded.type === 'truncate' ? decoded.relations : [decoded.relation]) {
      const known = this.#relations.get(id)
      const before = known && watch.before(decoded, known, this.place)
      if (before !== undefined) first.push(...(await before))
    }
    const own = this.#recordsAt(decoded, lsn)
    return first.length === 0 ? own : [...first, ...own]
  }

  #recordsAt(decoded: RowChange, lsn: Lsn): readonly PostgresRecord[] {
    const type = messageTypes[decoded.type]
    if (decoded.type === 'truncate') {
      const tables = decoded.relations.flatMap(id => this.#relations.get(id) ?? [])
      const records = tables.flatMap(known => this.#records.truncate(known.table, this.#context(known, lsn, type)))
      return this.#settled(records, lsn, type)
    }
    const known = this.#relations.get(decoded.relation)
    if (known === undefined) return []
    return this.#settled(this.#recordsOf(decoded, known, this.#context(known, lsn, type)), lsn, type)
  }

  #recordsOf(
    decoded: Extract<Decoded, { type: 'insert' | 'update' | 'delete' }>,
    { table }: KnownTable,
    context: ChangeContext<PostgresOffset>,
  ): PostgresRecord[] {
    switch (decoded.type) {
      case 'insert':
        return this.#records.insert(table, decoded.row, context)
      case 'delete':
        return this.#records.remove(table, decoded.old.row, context)
      case 'update': {
        const old: RawRow | undefined = decoded.old?.row
        const whole = decoded.old?.isWhole === true
        return this.#records.update(table, old, completed(decoded.row, whole ? old : undefined), context)
      }
    }
  }

  #context({ schema, name }: KnownTable, lsn: Lsn, type: string): ChangeContext<PostgresOffset> {
    const { config, partition } = this.#parts
    const { xid, micros, origin } = this.#transaction!
    const source: Struct = sourceStruct({
      prefix: config['topic.prefix'],
      database: config['database.dbname'],
      schema,
      table: name,
      micros,
      snapshot: 'false',
      lsn,
      lastCommit: this.#commitSeen,
      xid,
      origin,
    })
    const transaction = (): Struct | null => this.#monitor?.next(`${schema}.${name}`) ?? null
    return { partition, offset: this.#offsetAt(lsn, type), source, transaction }
  }

  #offsetAt(lsn: Lsn, messageType: string): PostgresOffset {
    const { xid, micros, id } = this.#transaction!
    const offset = {
      lsn_proc: lsn,
      messageType,
      lsn_commit: this.#lastCommit,
      lsn,
      txId: xid,
      ts_usec: micros,
      lsn_events_processed: this.#events,
    }
    const more = this.#parts.watch?.fields
    if (this.#monitor === undefined && more === undefined) return offset
    return { ...offset, ...(this.#monitor && { transaction_id: id }), ...more }
  }

  /** Of several records of one change only the last says that it was read, so that none is lost between two of them. */
  #settled(records: PostgresRecord[], lsn: Lsn, type: string): readonly PostgresRecord[] {
    const before = this.#offset
    const last = records.length - 1
    // Each has the offset of the change already.
    this.#offset = records[last]?.offset ?? this.#offsetAt(lsn, type)
    if (last >= 0) this.#told = this.#lastCommit
    return last <= 0 ? records : records.map((record, at) => (at === last ? record : { ...record, offset: before }))
  }

  #message(decoded: Extract<Decoded, { type: 'message' }>, lsn: Lsn): readonly PostgresRecord[] {
    const { config, resume, partition, options } = this.#parts
    // Counted whether it is wanted or not: positions must not depend on the configuration.
    if (decoded.isTransactional ? !this.#isNew(lsn) : decoded.lsn <= resume.commit) return []
    if (!this.#isMessage(decoded.prefix)) return []
    const at = decoded.isTransactional ? lsn : decoded.lsn
    const { xid, micros = Date.now() * 1_000, origin } = this.#transaction ?? {}
    const source = sourceStruct({
      prefix: config['topic.prefix'],
      database: config['database.dbname'],
      schema: '',
      table: '',
      micros,
      snapshot: 'false',
      lsn: at,
      lastCommit: this.#commitSeen,
      xid,
      origin,
    })
    if (decoded.isTransactional) this.#offset = this.#offsetAt(lsn, 'MESSAGE')
    this.#told = this.#lastCommit
    const topic = topicName([config['topic.prefix'], 'message'], config['topic.delimiter'])
    return [
      {
        ...logicalMessage(topic, decoded.prefix, decoded.content, source, config),
        headers: options.headers,
        partition,
        offset: this.#offset,
      },
    ]
  }
}

/** The stream's offsets say nothing of the snapshot any more. */
function withoutSnapshot(offset: PostgresOffset): PostgresOffset {
  const { snapshot: _, last_snapshot_record: __, snapshot_completed: ___, ...rest } = offset
  return rest
}
