import type { Hosted } from '../src/actor/hosting/types.js'
import type { DryRunEvent } from '../src/core/api/dry-run.js'
import { DryRunTally } from '../src/core/dry-run-tally.js'
import { MillraceError, dispositionOf, errorCode, errorMessage } from '../src/core/error.js'
import type { Herder } from '../src/ports/herder.js'
import type { EngineServices } from './engine.js'
import { HandOver } from './hand-over.js'
import type { HostedInit } from './thread/messages.js'
import { traceOf } from './trace.js'

/** Each takes a thread of its own. */
const atOnceMax = 2
/** It is told to end, and then its thread is: it holds nothing that anybody needs. */
const ladder = { drainMs: 2_000, stopMs: 500 }

/** Runs tasks without their effects, each in a thread of its own: what one brings down is nobody's but its own (I5). */
export function dryRuns({ threads }: EngineServices): Pick<Herder, 'dryRun'> {
  let running = 0
  return {
    async dryRun(request, signal) {
      if (running >= atOnceMax)
        throw new MillraceError('dryrun.busy', `${atOnceMax} dry runs are under way on this node.`, {
          hint: 'Try again in a moment.',
        })
      const init: HostedInit = { kind: 'dry-run', request }
      const name = `dry run of ${request.config['name'] ?? ''}`
      const hosted = threads.get().hosting.host({ name, init, isolation: 'dedicated' })
      running++
      const events = eventsOf(hosted, signal, () => running--)
      // What keeps it from beginning is thrown here.
      const first = await events.next()
      return first.done === true ? events : whole(first.value, events)
    },
  }
}

/** What it says. `onEnd`: its thread is free again, whether all of that has been read or not. */
async function* eventsOf(
  hosted: Hosted<object>,
  signal: AbortSignal | undefined,
  onEnd: () => void,
): AsyncGenerator<DryRunEvent, void, undefined> {
  const events = new HandOver<DryRunEvent>()
  hosted.channel.listen(message => events.give(message as DryRunEvent))
  const over = (failure?: { readonly error: unknown }): void => {
    onEnd()
    events.end(failure)
  }
  hosted.done.then(
    () => over(),
    (error: unknown) => over({ error }),
  )
  const stop = (): void => void hosted.stop(ladder)
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const event of events) {
      yield event
      if ('end' in event) return
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    await hosted.stop(ladder)
  }
}

/** Ends in words, whatever became of the thread. */
async function* whole(
  first: DryRunEvent,
  rest: AsyncIterable<DryRunEvent>,
): AsyncGenerator<DryRunEvent, void, undefined> {
  const tally = new DryRunTally('stages' in first && first.connector.type === 'source')
  const started = performance.now()
  yield first
  try {
    for await (const event of rest) {
      if ('record' in event) tally.add(event)
      yield event
    }
  } catch (error) {
    const { hint } = error as Partial<MillraceError>
    yield {
      end: {
        ...tally.figures,
        missingTopics: [],
        committed: false,
        sideEffects: [],
        why: 'failed',
        ms: Math.round(performance.now() - started),
        error: {
          code: errorCode(error),
          message: errorMessage(error),
          ...(hint !== undefined && { hint }),
          trace: traceOf(error),
          passes: dispositionOf(error) === 'retry',
        },
      },
    }
  }
}
