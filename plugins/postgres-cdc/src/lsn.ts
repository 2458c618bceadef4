/** A position in the write-ahead log, as a number of bytes: exact up to 8 PB of it. */
export type Lsn = number

const high = 2 ** 32

/** `16/B374D848` */
export function parseLsn(text: string): Lsn {
  const [left = '0', right = '0'] = text.split('/')
  return Number.parseInt(left, 16) * high + Number.parseInt(right, 16)
}

export function lsnText(lsn: Lsn): string {
  return `${Math.floor(lsn / high)
    .toString(16)
    .toUpperCase()}/${(lsn % high).toString(16).toUpperCase()}`
}

export function readLsn(bytes: Buffer, at: number): Lsn {
  return bytes.readUInt32BE(at) * high + bytes.readUInt32BE(at + 4)
}

export function writeLsn(bytes: Buffer, lsn: Lsn, at: number): void {
  bytes.writeUInt32BE(Math.floor(lsn / high), at)
  bytes.writeUInt32BE(lsn % high, at + 4)
}

/** Microseconds since 1970 of those since 2000, which the server counts. */
export function readMicros(bytes: Buffer, at: number): number {
  return Number(bytes.readBigInt64BE(at)) + epochMicros
}
export const epochMicros = 946_684_800_000_000
