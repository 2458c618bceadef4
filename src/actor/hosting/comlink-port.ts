import { expose, transferHandlers, wrap, type Endpoint, type TransferHandler } from 'comlink'
import type { RunEndpoint } from './messages.js'
import { isChannelData, type Port } from './port.js'
import { fromWire, toWire, type WireError } from './wire.js'

interface Thrown {
  readonly value: unknown
}

/** comlink's own form of an error, which its other copies send and understand, and ours beside it. */
interface SerializedThrow {
  readonly isError: boolean
  readonly value: unknown
  readonly wire?: WireError
}

/**
 * comlink's handler for what a call throws sends name, message and stack only. This one keeps all that `wire.ts` keeps.
 * A plugin that uses the same copy of comlink towards a worker of its own still understands, and is understood.
 */
function keepErrorsWhole(): void {
  const own = transferHandlers.get('throw') as TransferHandler<Thrown, SerializedThrow>
  const whole: TransferHandler<Thrown, SerializedThrow> = {
    canHandle: (value): value is Thrown => own.canHandle(value),
    serialize(thrown) {
      const [{ isError, value }, transfer] = own.serialize(thrown)
      const wire = toWire(thrown.value)
      // Another copy of comlink reads `value`, and a thrown object may not be clonable as it is.
      return [{ isError, value: isError || wire.kind === 'error' ? value : wire.value, wire }, transfer]
    },
    deserialize(serialized) {
      if (serialized.wire) throw fromWire(serialized.wire)
      return own.deserialize(serialized)
    },
  }
  transferHandlers.set('throw', whole)
}

keepErrorsWhole()

/** Lets the other side of `port` call `target`; each call runs inside `within`. */
export function exposeOn(port: Port, target: RunEndpoint, within: (run: () => void) => void): void {
  expose(target, endpointOf(port, within))
}

/** The other side's methods. A call to a side that dies never settles: `calls.ts` sees to that. */
export function wrapOf(port: Port): RunEndpoint {
  return wrap<RunEndpoint>(endpointOf(port, run => run()))
}

function endpointOf(port: Port, within: (run: () => void) => void): Endpoint {
  type Listener = (event: { readonly data: unknown }) => void
  const readers = new Map<Listener, (data: unknown) => void>()
  return {
    postMessage: (message: unknown, transfer: never[] = []) => port.postMessage(message, transfer),
    addEventListener: (_type: string, listener: Listener) => {
      const reader = (data: unknown): void => {
        if (!isChannelData(data)) within(() => listener({ data }))
      }
      readers.set(listener, reader)
      port.on('message', reader)
    },
    removeEventListener: (_type: string, listener: Listener) => {
      const reader = readers.get(listener)
      if (reader) port.off('message', reader)
      readers.delete(listener)
    },
  }
}
