import { crc32c as native } from '@node-rs/crc32'

/** CRC-32C (Castagnoli), unsigned. A call costs about 0.1 µs and then 6 GB/s: meant for batches, not for records. */
export function crc32c(bytes: Uint8Array): number {
  return native(bytes)
}
