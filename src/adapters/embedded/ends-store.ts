import { open, type RootDatabase } from 'lmdb'
import { Packr } from 'msgpackr'
import { crc32c } from '../../codec/index.js'
import { MillraceError } from '../../core/error.js'
import type { GroupOffset, TopicPartition } from '../../core/offset.js'

/** A segment as the last transaction named it: bytes and records beyond are not there. */
export interface SegmentRecord {
  readonly base: number
  readonly generation: number
  /** Bytes. */
  readonly length: number
  /** The offset after its last record; the next segment's base. */
  readonly end: number
  /** The highest record timestamp, -1 for none. */
  readonly maxTimestamp: number
  /** Wall-clock milliseconds of its first and last append. */
  readonly createdAt: number
  readonly writtenAt: number
}

export interface TopicRecord {
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

/** One line of a transaction. */
export type EndsChange =
  | { readonly kind: 'topic'; readonly name: string; readonly topic: TopicRecord }
  | { readonly kind: 'topic-gone'; readonly name: string }
  | ({ readonly kind: 'segment'; readonly segment: SegmentRecord } & TopicPartition)
  | ({ readonly kind: 'segment-gone'; readonly base: number } & TopicPartition)
  /** Retention moved the log's first offset. */
  | ({ readonly kind: 'start'; readonly start: number } & TopicPartition)
  | ({ readonly kind: 'start-gone' } & TopicPartition)
  | { readonly kind: 'offset'; readonly group: string; readonly offset: GroupOffset }
  | ({ readonly kind: 'offset-gone'; readonly group: string } & TopicPartition)
  /** A file or folder (relative) that no record names any more and that is to be removed; kept until it is. */
  | { readonly kind: 'doomed'; readonly path: string }
  | { readonly kind: 'doomed-gone'; readonly path: string }

export interface EndsContent {
  readonly topics: ReadonlyMap<string, TopicRecord>
  readonly segments: readonly (TopicPartition & { readonly segment: SegmentRecord })[]
  readonly starts: readonly (TopicPartition & { readonly start: number })[]
  readonly doomed: readonly string[]
}

type Key = (string | number)[]

// No shared structures and no records: a value means the same whatever was written before it.
const packr = new Packr({ useRecords: false })
const last = Buffer.from([0xff])

/**
 * The small LMDB store that says where everything ends. A commit is one transaction, durable when it returns: LMDB
 * syncs it. Synchronous on purpose: it takes a fraction of a millisecond on a disk that syncs fast, the log thread has
 * nothing else to do meanwhile, and a thread that ends cannot leave a write pending.
 */
export class EndsStore {
  readonly #database: RootDatabase<Buffer, Key>

  /** The file must have been checked (`ends-file.ts`). */
  constructor(folder: string) {
    this.#database = open<Buffer, Key>({
      path: folder,
      noSubdir: false,
      encoding: 'binary',
      cache: false,
      // The plain protocol: data synced, then the meta page.
      overlappingSync: false,
      maxDbs: 1,
    })
  }

  /** The id of the directory this store was made for; undefined in a new store. */
  get directoryId(): string | undefined {
    return this.#get(['directory']) as string | undefined
  }

  setDirectoryId(id: string): void {
    this.#transaction(() => this.#put(['directory'], id))
  }

  /** Everything but group offsets. Each value is checked: fails with `log.directory_corrupt`. */
  read(): EndsContent {
    const topics = new Map<string, TopicRecord>()
    const segments: (TopicPartition & { segment: SegmentRecord })[] = []
    const starts: (TopicPartition & { start: number })[] = []
    const doomed: string[] = []
    for (const [key, value] of this.#range(['topic'])) topics.set(String(key[1]), value as TopicRecord)
    for (const [key, value] of this.#range(['segment']))
      segments.push({ ...partitionOf(key, 1), segment: value as SegmentRecord })
    for (const [key, value] of this.#range(['start'])) starts.push({ ...partitionOf(key, 1), start: value as number })
    for (const [key] of this.#range(['doomed'])) doomed.push(String(key[1]))
    // Read through once, so that damage shows at the start and not at some later fetch.
    for (const _ of this.#range(['offset']));
    return { topics, segments, starts, doomed }
  }

  groups(): string[] {
    const names = new Set<string>()
    for (const [key] of this.#range(['offset'])) names.add(String(key[1]))
    return [...names]
  }

  offsets(group: string): GroupOffset[] {
    return [...this.#range(['offset', group])].map(([key, value]) => {
      const [offset, metadata] = value as [number, string]
      return { ...partitionOf(key, 2), offset, metadata }
    })
  }

  /** The groups that committed offsets for a topic, with them. */
  offsetsOfTopic(topic: string): (TopicPartition & { readonly group: string })[] {
    const found: (TopicPartition & { group: string })[] = []
    for (const [key] of this.#range(['offset']))
      if (key[2] === topic) found.push({ group: String(key[1]), ...partitionOf(key, 2) })
    return found
  }

  /** All of it or nothing. Throws what LMDB says: a full disk, or worse. */
  commit(changes: readonly EndsChange[]): void {
    if (changes.length > 0)
      this.#transaction(() => {
        for (const change of changes) this.#apply(change)
      })
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #apply(change: EndsChange): void {
    switch (change.kind) {
      case 'topic':
        return this.#put(['topic', change.name], change.topic)
      case 'topic-gone':
        return this.#remove(['topic', change.name])
      case 'segment':
        return this.#put(['segment', change.topic, change.partition, change.segment.base], change.segment)
      case 'segment-gone':
        return this.#remove(['segment', change.topic, change.partition, change.base])
      case 'start':
        return this.#put(['start', change.topic, change.partition], change.start)
      case 'start-gone':
        return this.#remove(['start', change.topic, change.partition])
      case 'offset': {
        const { topic, partition, offset, metadata } = change.offset
        return this.#put(['offset', change.group, topic, partition], [offset, metadata])
      }
      case 'offset-gone':
        return this.#remove(['offset', change.group, change.topic, change.partition])
      case 'doomed':
        return this.#put(['doomed', change.path], 0)
      case 'doomed-gone':
        return this.#remove(['doomed', change.path])
    }
  }

  #transaction(action: () => void): void {
    this.#database.transactionSync(action)
  }

  #put(key: Key, value: unknown): void {
    this.#database.putSync(key, seal(key, value))
  }

  #remove(key: Key): void {
    this.#database.removeSync(key)
  }

  #get(key: Key): unknown {
    const bytes = this.#database.get(key)
    return bytes === undefined ? undefined : unseal(key, bytes)
  }

  *#range(prefix: Key): Generator<[Key, unknown]> {
    for (const { key, value } of this.#database.getRange({ start: prefix, end: [...prefix, last] as Key }))
      yield [key, unseal(key, value)]
  }
}

function partitionOf(key: Key, at: number): TopicPartition {
  return { topic: String(key[at]), partition: Number(key[at + 1]) }
}

/** Four bytes of CRC over key and value go first: LMDB checks nothing itself. */
function seal(key: Key, value: unknown): Buffer {
  const packed = packr.pack(value)
  const sealed = Buffer.allocUnsafe(4 + packed.length)
  packed.copy(sealed, 4)
  sealed.writeUInt32LE(checksum(key, packed), 0)
  return sealed
}

function unseal(key: Key, sealed: Buffer): unknown {
  const packed = sealed.subarray(4)
  if (sealed.length < 5 || sealed.readUInt32LE(0) !== checksum(key, packed))
    throw new MillraceError('log.directory_corrupt', `The entry ${key.join(' ')} of the ends store is damaged.`, {
      hint: 'Restore the data directory from a backup, or move it away to begin anew.',
    })
  return packr.unpack(packed)
}

function checksum(key: Key, packed: Buffer): number {
  return (crc32c(packed) ^ crc32c(Buffer.from(JSON.stringify(key)))) >>> 0
}
