/** Numbers of events: of a table that is about to be changed, and of a transaction (that of one with a tag, since MySQL 8.3, has another layout). */
const tableEvent = 19
const gtidEvent = 33
/** Before an event the protocol has one byte; then come its header, in which its number is, and what it says. */
const typeAt = 5
const body = 1 + 19
/** Behind the number of the transaction and its places in the order of commits. */
const commitAt = body + 42
const bytesOfTime = 7
/** Behind the number of the table. */
const namesAt = body + 8
const geometry = 255
const blob = 252

/**
 * When the transaction that a packet of the binlog begins was committed where it was made, in µs since the epoch; undefined: the packet is no such event, or does not say it (before MySQL 8.0.1).
 * The library reads only the number of the transaction.
 */
export function commitMicros(packet: Buffer): number | undefined {
  if (packet[typeAt] !== gtidEvent || packet.length < commitAt + bytesOfTime) return undefined
  // The highest bit of the time of the commit here says that another one follows, that of where it was made.
  const isReplica = packet[commitAt + 6]! >= 0x80
  const at = commitAt + (isReplica ? bytesOfTime : 0)
  if (packet.length < at + bytesOfTime) return undefined
  return packet.readUIntLE(at, 6) + (packet[at + 6]! & 0x7f) * 2 ** 48 || undefined
}

/**
 * Makes geometries blobs in a packet that says what a table looks like, and returns their positions; undefined: it is no such packet. MariaDB counts them among the columns
 * that have a character set, as it does blobs; the library does not, and would give all columns after them the character set of another.
 */
export function geometriesAsBlobs(packet: Buffer): readonly number[] | undefined {
  if (packet[typeAt] !== tableEvent) return undefined
  const table = namesAt + 1 + packet[namesAt]! + 1
  let at = table + 1 + packet[table]! + 1
  // A table has 4096 columns at most: a number beyond 250 takes two bytes more.
  const count = packet[at] === 0xfc ? packet.readUInt16LE(at + 1) : packet[at]!
  at += packet[at] === 0xfc ? 3 : 1
  const found: number[] = []
  for (let column = 0; column < count; column++)
    if (packet[at + column] === geometry) {
      packet[at + column] = blob
      found.push(column)
    }
  return found
}
