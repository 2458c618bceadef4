import type { Mode } from './pair.js'
import { loggerDifferences } from './logger-differences.js'
import { same, sorted } from './masks.js'
import { pluginDifferences } from './plugin-differences.js'
import type { Answer } from './talk.js'

/** A difference that is meant. */
export interface Difference {
  readonly reason: string
  /** Default: both. */
  readonly mode?: Mode
  /** It depends on how fast Connect is, so it need not show. */
  readonly sometimes?: true
  /** Whether it is all that differs. */
  isIt?(connect: Answer, millrace: Answer): boolean
  /** Takes it out of both: several may meet in one answer. */
  even?(connect: Answer, millrace: Answer): readonly [Answer, Answer]
}

const messageOf = ({ body }: Answer): string => String((body as { message?: unknown } | null)?.message)
const isSameButFor = (part: string, connect: Answer, millrace: Answer): boolean =>
  connect.status === millrace.status && textWithout(part, connect) === textWithout(part, millrace)

/** All that is known to differ; each stands in the README's table of compatibility. */
export const differences: readonly Difference[] = [
  {
    reason: 'A body that cannot be read is told in our words, not in those of Jackson and of the JVM.',
    isIt: (connect, millrace) =>
      connect.status === 500 &&
      millrace.status === 500 &&
      /^(Unexpected|Cannot (invoke|deserialize|construct)|Unrecognized field)/.test(messageOf(connect)),
  },
  {
    reason: 'The plugins that there are are named, without the jars that they are in.',
    isIt: (connect, millrace) =>
      connect.status === millrace.status &&
      known(messageOf(connect)) === known(messageOf(millrace)) &&
      messageOf(connect).includes('available connectors are: PluginDesc{'),
  },
  ...pluginDifferences,
  ...loggerDifferences,
  {
    reason: 'An empty level of a logger is 404 like any other that is none; Connect fails with 500.',
    isIt: (connect, millrace) => messageOf(connect) === 'Illegal null or empty Level name.' && millrace.status === 404,
  },
  {
    reason: 'A configuration is not printed into an error: it may hold secrets.',
    isIt: (connect, millrace) =>
      connect.status === millrace.status &&
      [connect, millrace].every(answer =>
        /(^|: )Connector config .*contains no connector type$/.test(messageOf(answer)),
      ),
  },
  {
    reason: 'A topic that a sink reads counts as used, also where none of its records can be converted.',
    isIt: (connect, millrace) =>
      connect.asked.endsWith('/topics') &&
      connect.asked.startsWith('GET') &&
      JSON.stringify(connect.body).includes('"topics":[]') &&
      millrace.status === 200,
  },
  {
    reason: 'A name may hold an encoded slash.',
    isIt: connect => connect.asked.includes('%2F') && connect.status === 400,
  },
  {
    reason: 'There is no class of a task: `task.class` names the connector.',
    isIt: (connect, millrace) => isSameButFor('task.class', connect, millrace),
  },
  {
    reason: 'The file source keeps with its position which file it was in, so that it survives rotation.',
    isIt: (connect, millrace) =>
      connect.asked.startsWith('GET') && connect.asked.endsWith('/offsets') && isSameButFor('file', connect, millrace),
  },
  {
    reason: 'A task that runs always tells its version; Connect leaves it out for a moment.',
    sometimes: true,
    isIt: (connect, millrace) =>
      JSON.stringify(connect.body).includes('"version":null') && isSameButFor('version', connect, millrace),
  },
  {
    reason: 'An offset that was forgotten is not listed; Connect may list it as null for a while.',
    sometimes: true,
    isIt: (connect, millrace) =>
      connect.asked.endsWith('/offsets') && withoutNull(connect) === JSON.stringify(millrace.body),
  },
  {
    reason:
      'An offset that does not fit the connector is refused with 400 and what is wrong; Connect fails with 500, or takes it.',
    isIt: (connect, millrace) =>
      connect.asked.startsWith('PATCH') &&
      connect.asked.endsWith('/offsets') &&
      [200, 500].includes(connect.status) &&
      millrace.status === 400 &&
      /does not fit this connector|must not be negative|cannot be null or missing/.test(messageOf(millrace)),
  },
  {
    reason: 'A missing partition is told in one text for the offsets of sources and of sinks.',
    isIt: (connect, millrace) =>
      connect.status === millrace.status &&
      messageOf(connect) === 'The partition for a sink connector offset cannot be null or missing' &&
      messageOf(millrace) === 'The partition for a connector offset cannot be null or missing',
  },
  {
    reason: 'To restart what is not there is 404 alone as well, where Connect fails with 500.',
    mode: 'standalone',
    isIt: (connect, millrace) =>
      connect.asked.includes('/restart') && connect.status === 500 && millrace.status === 404,
  },
  {
    reason: 'No rebalance answers a request with 409 or 500: what is unknown is 404.',
    sometimes: true,
    mode: 'distributed',
    isIt: (connect, millrace) =>
      (connect.status === 409 && millrace.status === 404) ||
      (connect.asked.startsWith('GET') &&
        connect.status === 500 &&
        messageOf(connect) === 'Request cannot be completed because a rebalance is expected' &&
        millrace.status === 200),
  },
]

/** Why they differ, where that is all that does; undefined where something else does. */
export function reasonsFor(mode: Mode, connect: Answer, millrace: Answer): readonly string[] | undefined {
  const known = differences.filter(difference => (difference.mode ?? mode) === mode)
  const reasons: string[] = []
  let pair: readonly [Answer, Answer] = [connect, millrace]
  for (const { even, reason } of known) {
    if (even === undefined) continue
    const evened = even(...pair)
    if (!same(pair, evened)) reasons.push(reason)
    pair = evened
  }
  if (same(...pair)) return reasons
  const last = known.find(({ isIt }) => isIt?.(...pair))
  return last && [...reasons, last.reason]
}

/** Up to where the plugins are listed, and without the Java class of the error. */
const known = (message: string): string =>
  message.replace(/^(org\.apache\.kafka\.connect\.[\w.]+: )+/, '').replace(/available connectors are: .*/s, '')

const withoutNull = ({ body }: Answer): string => {
  const { offsets } = (body ?? {}) as { offsets?: readonly { readonly offset: unknown }[] }
  return JSON.stringify({ offsets: offsets?.filter(({ offset }) => offset !== null) })
}

const textWithout = (part: string, { body }: Answer): string =>
  JSON.stringify(sorted(body), (key, value: unknown) => (key === part ? undefined : value))
