import type { TransferListItem } from 'node:worker_threads'

/** What hosting needs of a MessagePort; `port-pair.ts` has one without threads. */
export interface Port {
  postMessage(data: unknown, transfer?: readonly TransferListItem[]): void
  on(event: 'message', listener: (data: unknown) => void): unknown
  off(event: 'message', listener: (data: unknown) => void): unknown
  close(): void
}

/**
 * A port's messages are of three kinds that never look alike: a frame of a channel (Uint8Array), the number of messages
 * of a channel that have been taken (number), and comlink's own (objects). Each reader takes its kind.
 */
export type ChannelData = Uint8Array | number

export function isChannelData(data: unknown): data is ChannelData {
  return typeof data === 'number' || data instanceof Uint8Array
}
