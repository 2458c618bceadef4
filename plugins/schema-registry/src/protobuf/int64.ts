import { int64 } from 'millrace/plugin'

/** How the library's reader and writer take 64 bits: as two words. */
export interface Words {
  readonly low: number
  readonly high: number
}

/** A number while it is safe, which the writer takes too. */
export function wordsOf(value: number | bigint): number {
  if (typeof value === 'number') return value
  const words: Words = { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) }
  // The writer reads `low` and `high` of what is no number; its types know only the class of one library.
  return words as unknown as number
}

export function fromWords(value: unknown): number | bigint {
  if (typeof value === 'number') return value
  const { low, high } = value as Words
  const number = high * 0x1_0000_0000 + (low >>> 0)
  return Number.isSafeInteger(number) ? number : int64((BigInt(high) << 32n) | BigInt(low >>> 0))
}
