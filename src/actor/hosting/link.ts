import { MessageChannel, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads'
import type { Port } from './port.js'
import { createPortPair } from './port-pair.js'

/** Two connected ports, one of which goes to the thread. */
export interface Link {
  readonly near: Port
  readonly far: Port
  readonly transfer: readonly TransferListItem[]
  /** Takes what has arrived at `near` and was not delivered yet: a run's end overtakes its last messages. */
  readRest(): unknown[]
}

export function threadLink(): Link {
  const { port1, port2 } = new MessageChannel()
  return {
    near: port1,
    far: port2,
    transfer: [port2],
    readRest() {
      const rest: unknown[] = []
      for (let next = receiveMessageOnPort(port1); next; next = receiveMessageOnPort(port1)) rest.push(next.message)
      return rest
    },
  }
}

export function inlineLink(): Link {
  const [near, far] = createPortPair()
  return { near, far, transfer: [], readRest: () => [] }
}
