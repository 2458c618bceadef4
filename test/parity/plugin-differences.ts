import type { Difference } from './differences.js'
import type { Answer } from './talk.js'

interface Entry {
  readonly definition: unknown
  readonly value: {
    readonly name: string
    readonly value: unknown
    readonly errors: readonly string[]
    readonly recommended_values: readonly string[]
  }
}

interface Infos {
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly Entry[]
}

/** What a validation says, where the answer is one. */
const infosOf = ({ asked, status, body }: Answer): Infos | undefined =>
  asked.endsWith('/config/validate') && status === 200 ? (body as Infos) : undefined

/** With other entries. How many errors there are then differs as well. */
const changed = (answer: Answer, configs: readonly Entry[]): Answer => ({
  ...answer,
  body: { ...(answer.body as Infos), configs, error_count: '<count>' },
})

const named = (configs: readonly Entry[], name: string): Entry | undefined =>
  configs.find(entry => entry.value.name === name && entry.definition !== null) ??
  configs.find(entry => entry.value.name === name)

/** Changes the errors of each key that both tell of, where `change` gives some for both. */
function withErrors(
  connect: Answer,
  millrace: Answer,
  change: (theirs: Entry, ours: Entry) => readonly [readonly string[], readonly string[]] | undefined,
): readonly [Answer, Answer] {
  const [their, our] = [infosOf(connect)?.configs, infosOf(millrace)?.configs]
  if (!their || !our) return [connect, millrace]
  const [theirErrors, ourErrors] = [new Map<string, readonly string[]>(), new Map<string, readonly string[]>()]
  for (const ours of our) {
    const { name } = ours.value
    const theirs = named(their, name)
    const pair = theirs && change(theirs, ours)
    if (pair) {
      theirErrors.set(name, pair[0])
      ourErrors.set(name, pair[1])
    }
  }
  if (ourErrors.size === 0) return [connect, millrace]
  const put = (entries: readonly Entry[], errors: ReadonlyMap<string, readonly string[]>): readonly Entry[] =>
    entries.map(entry => ({
      ...entry,
      value: { ...entry.value, errors: errors.get(entry.value.name) ?? entry.value.errors },
    }))
  return [changed(connect, put(their, theirErrors)), changed(millrace, put(our, ourErrors))]
}

/** Keys of our own: of every connector, of sources, and of the file source. */
const ownKeys = new Set([
  'restart.policy',
  'restart.max',
  'restart.period.ms',
  'restart.backoff.ms',
  'restart.backoff.max.ms',
  'restart.reset.ms',
  'stall.timeout.ms',
  'isolation',
  'task.memory.max',
  'line.max.bytes',
])
const deadLetters = /^errors\.deadletterqueue\./

const isOwnKey = (name: string, asked: string): boolean =>
  ownKeys.has(name) || (deadLetters.test(name) && /Source(Connector)?\//.test(asked))

/** MirrorMaker's connectors are not on the path of the worker beside. */
const isKafkas = (plugin: { readonly class: string }): boolean =>
  plugin.class.startsWith('org.apache.kafka.') && !plugin.class.startsWith('org.apache.kafka.connect.mirror.')

/** Without classes of our own among those that there are to choose from. */
const withoutOwnOffers = (entry: Entry): Entry => {
  const { recommended_values: offered } = entry.value
  const kafkas = offered.filter(name => isKafkas({ class: name }))
  return kafkas.length === 0 ? entry : { ...entry, value: { ...entry.value, recommended_values: kafkas } }
}

function withoutOwn(answer: Answer): Answer {
  const { asked, status, body } = answer
  if (!asked.includes('/connector-plugins') || status !== 200) return answer
  const infos = infosOf(answer)
  if (infos) {
    const own = infos.configs.filter(({ value }) => isOwnKey(value.name, asked))
    const ownErrors = own.reduce((sum, { value }) => sum + value.errors.length, 0)
    const rest = {
      configs: infos.configs.filter(entry => !own.includes(entry)).map(withoutOwnOffers),
      groups: infos.groups.filter(group => group !== 'Self-Healing'),
      error_count: infos.error_count - ownErrors,
    }
    return { ...answer, body: { ...infos, ...rest } }
  }
  if (!Array.isArray(body)) return answer
  if (/\/config(\?|$)/.test(asked))
    return { ...answer, body: body.filter(({ name }) => !isOwnKey(String(name), asked)) }
  return { ...answer, body: body.filter(isKafkas) }
}

/** The keys that were sent as null. */
const nulls = ({ sent }: Answer): readonly string[] =>
  typeof sent !== 'object' || sent === null
    ? []
    : Object.entries(sent).flatMap(([key, value]) => (value === null ? [key] : []))

/** Of such a key, or of the plugin whose version it is: without one Connect does not look at its keys. */
const isOfNull = ({ value: { name } }: Entry, keys: readonly string[]): boolean =>
  keys.some(
    key => name === key || (key.endsWith('.plugin.version') && name.startsWith(key.replace('plugin.version', ''))),
  )

/** What Connect finds only when a connector starts. */
const late = [
  / for configuration transforms\.\w*\.predicate: Not an alias listed in predicates /,
  /^Missing required configuration "topic\.creation\.default\./,
  / for configuration topic\.creation\.\w+\.(partitions|replication\.factor|include|exclude): /,
  /^No value specified for static field: /,
  /^TimestampConverter requires format option /,
  / for configuration timestamp\.format: Illegal pattern character /,
  / for configuration schema\.content: /,
  / for configuration converter\.encoding: Encoding .* is not supported$/,
]

/** Where classes of Java tell what is wrong, and we do. */
const told = [/^Invalid value .* for configuration [\w.]+: Invalid regex: /s, /Invalid type found in casting spec: /]
const untold = (message: string): string => String(told.find(pattern => pattern.test(message)) ?? message)

export const pluginDifferences: readonly Difference[] = [
  {
    reason: 'Millrace has keys and plugins of its own beside those of Connect.',
    even: (connect, millrace) => [connect, withoutOwn(millrace)],
  },
  {
    reason: 'A null is refused at every key, and told once; at a key of the connector itself Connect takes it.',
    isIt(connect, millrace) {
      const keys = nulls(connect)
      const ours = infosOf(millrace)
      if (keys.length === 0 || !ours) return false
      const refused = keys.every(key => (named(ours.configs, key)?.value.errors.length ?? 0) > 0)
      if (connect.status === 500) return refused && messageOf(connect).startsWith('java.lang.NullPointerException')
      const theirs = infosOf(connect)
      if (!refused || !theirs) return false
      const rest = (configs: readonly Entry[]): string =>
        JSON.stringify(configs.filter(entry => !isOfNull(entry, keys)))
      return rest(theirs.configs) === rest(ours.configs)
    },
  },
  {
    reason: 'A key that is missing is told once; the checks of some keys say it again.',
    even: (connect, millrace) =>
      withErrors(connect, millrace, (theirs, ours) => {
        const [missing] = ours.value.errors
        if (ours.value.errors.length !== 1 || !missing!.startsWith('Missing required ')) return undefined
        return theirs.value.errors[0] === missing && theirs.value.errors.length === 2
          ? [[missing!], [missing!]]
          : undefined
      }),
  },
  {
    reason: 'What Connect would find only when the connector starts is found by the validation already.',
    even(connect, millrace) {
      const infos = infosOf(millrace)
      const isLate = (message: string): boolean => late.some(pattern => pattern.test(message))
      if (!infos?.configs.some(({ value }) => value.errors.some(isLate))) return [connect, millrace]
      const kept = infos.configs
        .filter(({ definition, value }) => definition !== null || !value.errors.every(isLate))
        .map(entry => ({
          ...entry,
          value: { ...entry.value, errors: entry.value.errors.filter(error => !isLate(error)) },
        }))
      const theirs = infosOf(connect)
      return [theirs ? changed(connect, theirs.configs) : connect, changed(millrace, kept)]
    },
  },
  {
    reason:
      'What is wrong with a regular expression or a type to cast to is told in our words, not in those of the JVM.',
    isIt: (connect, millrace) =>
      messageOf(connect).startsWith('java.util.regex.PatternSyntaxException') &&
      JSON.stringify(infosOf(millrace)).includes('Invalid regex: '),
    even: (connect, millrace) =>
      withErrors(connect, millrace, (theirs, ours) => {
        const pair = [theirs.value.errors.map(untold), ours.value.errors.map(untold)] as const
        return pair[0].every((error, at) => error === theirs.value.errors[at]) ? undefined : pair
      }),
  },
  {
    reason:
      'With a version of the connector that is not there all else is validated too; Connect stops there, or fails with 500.',
    isIt(connect, millrace) {
      const { 'connector.plugin.version': version } = (connect.sent ?? {}) as Record<string, unknown>
      const ours = infosOf(millrace)
      if (typeof version !== 'string' || !ours) return false
      const errors = named(ours.configs, 'connector.plugin.version')?.value.errors ?? []
      if (errors.length === 0) return false
      const theirs = infosOf(connect)
      if (!theirs) return connect.status === 500 && errors.length === 1
      return ['connector.class', 'connector.plugin.version'].every(
        key =>
          JSON.stringify(named(theirs.configs, key)?.value.errors) ===
          JSON.stringify(named(ours.configs, key)?.value.errors),
      )
    },
  },
  {
    reason:
      'Exactly once is promised by no node that cannot keep it: `exactly.once.support=required` and `transaction.boundary=connector` are refused alone as well.',
    mode: 'standalone',
    even: (connect, millrace) =>
      withErrors(connect, millrace, (theirs, ours) =>
        ['exactly.once.support', 'transaction.boundary'].includes(ours.value.name) &&
        theirs.value.errors.length === 0 &&
        ours.value.errors.length > 0
          ? [[], []]
          : undefined,
      ),
  },
  {
    reason: 'A setting of a client that cannot be read is an error of its key; Connect fails with 500.',
    isIt: (connect, millrace) =>
      connect.status === 500 &&
      / for configuration [\w.]+: Not a number of type |Expected value to be either true or false/.test(
        messageOf(connect),
      ) &&
      (millrace.status === 400 ? messageOf(millrace) : JSON.stringify(infosOf(millrace))).includes(
        messageOf(connect).replace(/^[\w.]+Exception: /, ''),
      ),
  },
  {
    reason: 'The group that a sink overrides is told once by the validation, not twice.',
    mode: 'distributed',
    even(connect, millrace) {
      const infos = infosOf(connect)
      if (!infos) return [connect, millrace]
      const twice = ({ definition, value }: Entry): boolean =>
        value.name === 'consumer.override.group.id' && definition === null && value.errors.length === 0
      return [{ ...connect, body: { ...infos, configs: infos.configs.filter(entry => !twice(entry)) } }, millrace]
    },
  },
  {
    reason: 'Only classes of plugins are known, not those of Java; blanks around the name of one do no harm.',
    isIt(connect, millrace) {
      const sent = Object.values(connect.sent ?? {}).filter(value => typeof value === 'string')
      const [theirs, ours] = [infosOf(connect), infosOf(millrace)]
      if (!theirs || !ours) return connect.asked.includes('/java.lang.String/') && millrace.status === 404
      if (sent.includes('java.lang.String')) return ours.error_count === theirs.error_count
      return sent.some(value => / [\w.]+ /.test(value)) && theirs.error_count === 1 && ours.error_count === 0
    },
  },
]

const messageOf = ({ body }: Answer): string => String((body as { message?: unknown } | null)?.message)
