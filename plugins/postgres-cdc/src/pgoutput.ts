import { isAscii } from 'node:buffer'
import { unavailable, type RawRow } from '@millrace/relational'
import { readLsn, readMicros, type Lsn } from './lsn.js'

export interface RelationColumn {
  readonly name: string
  readonly typeOid: number
  readonly typeModifier: number
  /** Part of what identifies a row (the replica identity). */
  readonly isKey: boolean
}

export interface Relation {
  readonly id: number
  readonly schema: string
  readonly name: string
  /** `d` primary key, `n` nothing, `f` whole row, `i` an index. */
  readonly identity: string
  readonly columns: readonly RelationColumn[]
}

/** A row before a change: whole, or its key alone with null for all else. */
export interface OldRow {
  readonly isWhole: boolean
  readonly row: RawRow
}

/** Messages of the plugin pgoutput, protocol version 1 (PostgreSQL: Logical Replication Message Formats). */
export type Decoded =
  | { readonly type: 'begin'; readonly finalLsn: Lsn; readonly micros: number; readonly xid: number }
  | { readonly type: 'commit'; readonly endLsn: Lsn; readonly micros: number }
  | { readonly type: 'origin'; readonly lsn: Lsn; readonly name: string }
  | { readonly type: 'relation'; readonly relation: Relation }
  | { readonly type: 'insert'; readonly relation: number; readonly row: RawRow }
  | { readonly type: 'update'; readonly relation: number; readonly old: OldRow | undefined; readonly row: RawRow }
  | { readonly type: 'delete'; readonly relation: number; readonly old: OldRow }
  | { readonly type: 'truncate'; readonly relations: readonly number[] }
  | {
      readonly type: 'message'
      readonly isTransactional: boolean
      readonly lsn: Lsn
      readonly prefix: string
      readonly content: Uint8Array
    }
  | { readonly type: 'other' }

const [B, C, O, R, I, U, D, T, M, K, n, t, b] = new TextEncoder().encode('BCORIUDTMKntb') as unknown as readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]

/** Decodes one message. What it returns holds nothing of `bytes`, which are used again. */
export function decodePgoutput(bytes: Buffer): Decoded {
  const reader = new Reader(bytes)
  switch (reader.byte()) {
    case B:
      return { type: 'begin', finalLsn: reader.lsn(), micros: reader.micros(), xid: reader.uint32() }
    case C:
      reader.skip(1 + 8)
      return { type: 'commit', endLsn: reader.lsn(), micros: reader.micros() }
    case O:
      return { type: 'origin', lsn: reader.lsn(), name: reader.text() }
    case R:
      return { type: 'relation', relation: relationOf(reader) }
    case I: {
      const relation = reader.uint32()
      reader.skip(1)
      return { type: 'insert', relation, row: reader.row() }
    }
    case U:
      return updateOf(reader)
    case D: {
      const relation = reader.uint32()
      return { type: 'delete', relation, old: { isWhole: reader.byte() === O, row: reader.row() } }
    }
    case T: {
      const count = reader.uint32()
      reader.skip(1)
      return { type: 'truncate', relations: Array.from({ length: count }, () => reader.uint32()) }
    }
    case M: {
      const isTransactional = reader.byte() === 1
      const lsn = reader.lsn()
      return { type: 'message', isTransactional, lsn, prefix: reader.text(), content: reader.bytes(reader.uint32()) }
    }
    default:
      return { type: 'other' }
  }
}

function updateOf(reader: Reader): Decoded {
  const relation = reader.uint32()
  const kind = reader.byte()
  if (kind !== K && kind !== O) return { type: 'update', relation, old: undefined, row: reader.row() }
  const old = { isWhole: kind === O, row: reader.row() }
  reader.skip(1)
  return { type: 'update', relation, old, row: reader.row() }
}

function relationOf(reader: Reader): Relation {
  const id = reader.uint32()
  // The server leaves the name of its own schema out.
  const schema = reader.text() || 'pg_catalog'
  const name = reader.text()
  const identity = String.fromCharCode(reader.byte())
  const columns = Array.from({ length: reader.uint16() }, (): RelationColumn => {
    const isKey = (reader.byte() & 1) === 1
    return { isKey, name: reader.text(), typeOid: reader.uint32(), typeModifier: reader.int32() }
  })
  return { id, schema, name, identity, columns }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(count: number): void {
    this.#at += count
  }

  byte(): number {
    return this.#bytes[this.#at++]!
  }

  uint16(): number {
    this.#at += 2
    return this.#bytes.readUInt16BE(this.#at - 2)
  }

  uint32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  int32(): number {
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  lsn(): Lsn {
    this.#at += 8
    return readLsn(this.#bytes, this.#at - 8)
  }

  micros(): number {
    this.#at += 8
    return readMicros(this.#bytes, this.#at - 8)
  }

  /** Up to a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at)
    const text = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 1
    return text
  }

  bytes(length: number): Uint8Array {
    this.#at += length
    return Uint8Array.prototype.slice.call(this.#bytes, this.#at - length, this.#at)
  }

  row(): RawRow {
    const count = this.uint16()
    // One text for all that follows, where all of it is ASCII, of which values are parts: a call out of JavaScript for each costs five times as much.
    const start = this.#at
    const rest = this.#bytes.subarray(start)
    const texts = isAscii(rest) ? rest.toString('latin1') : undefined
    const row: RawRow[number][] = []
    for (let column = 0; column < count; column++) {
      const kind = this.byte()
      if (kind === n) row.push(null)
      else if (kind === t || kind === b) {
        const length = this.uint32()
        const end = this.#at + length
        row.push(texts?.slice(this.#at - start, end - start) ?? this.#bytes.toString('utf8', this.#at, end))
        this.#at = end
      } else row.push(unavailable)
    }
    return row
  }
}
