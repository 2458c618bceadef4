import { MillraceError } from '../src/core/error.js'
import { untilAborted } from './until-aborted.js'

/** The most that may wait for one connector (I6). More is a client out of hand, which is told so. */
const maxWaiting = 2_000
/** How long a change may take, its turn included (contract §1.1). */
const changeMs = 90_000

interface Line {
  /** Settles when everybody so far has had their turn. Never rejects. */
  tail: Promise<void>
  length: number
}

/** One change at a time to each connector, in the order they came; different connectors do not wait for each other. */
export class ConnectorTurns {
  readonly #lines = new Map<string, Line>()

  /**
   * `change` is given a signal that aborts with `node.request_timed_out`, or when `signal` does. Fails with that,
   * with `connector.busy`, and with what `change` fails with.
   */
  async take<T>(connector: string, change: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const line = this.#lines.get(connector) ?? { tail: Promise.resolve(), length: 0 }
    if (line.length >= maxWaiting) {
      throw new MillraceError('connector.busy', `Too many changes of connector ${connector} wait already.`, {
        hint: 'Wait for the answers to earlier requests.',
      })
    }
    this.#lines.set(connector, line)
    line.length++
    const before = line.tail
    let end = (): void => undefined
    const over = new Promise<void>(resolve => {
      end = resolve
    })
    // Who gives up waiting leaves those behind it behind those before it.
    line.tail = before.then(() => over)
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(timedOut()), changeMs)
    try {
      const until = signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal])
      await untilAborted(before, until)
      return await change(until)
    } finally {
      clearTimeout(timer)
      end()
      if (--line.length === 0) this.#lines.delete(connector)
    }
  }
}

function timedOut(): MillraceError {
  return new MillraceError('node.request_timed_out', 'Request timed out')
}
