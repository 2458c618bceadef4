/** A row of the signal table, or a line of a signal file. */
export interface SignalRow {
  readonly id: string
  readonly type: string
  /** JSON; null or empty: `{}`. */
  readonly data: string | null
}

/** A filter of a snapshot: SQL for the tables whose whole name matches. */
export interface SignalCondition {
  readonly tables: RegExp
  readonly filter: string
}

/** What a signal asks for. `refused`: nothing, for the reason given. */
export type Signal =
  | {
      readonly action: 'execute'
      readonly kind: 'incremental' | 'blocking'
      /** Names of tables or regular expressions for them; never empty. */
      readonly collections: readonly string[]
      readonly conditions: readonly SignalCondition[]
      readonly surrogateKey: string | undefined
    }
  /** Of the tables that match; of all where there are none. */
  | { readonly action: 'stop'; readonly collections: readonly string[] }
  | { readonly action: 'pause' }
  | { readonly action: 'resume' }
  | { readonly action: 'log'; readonly message: string }
  /** The connector's own watermarks. */
  | { readonly action: 'open' }
  | { readonly action: 'close' }
  | { readonly action: 'refused'; readonly reason: string }

type Data = Readonly<Record<string, unknown>>

/** Never throws: signals come from whoever may write to the table. */
export function parseSignal({ type, data }: SignalRow): Signal {
  switch (type) {
    case 'snapshot-window-open':
      return { action: 'open' }
    case 'snapshot-window-close':
      return { action: 'close' }
    case 'execute-snapshot':
    case 'stop-snapshot':
    case 'pause-snapshot':
    case 'resume-snapshot':
    case 'log':
      break
    default:
      return refused(`its type "${type}" is not known`)
  }
  const parsed = parsedData(data)
  if (parsed === undefined) return refused('its data is no JSON object')
  switch (type) {
    case 'execute-snapshot':
      return execution(parsed)
    case 'stop-snapshot':
      return stop(parsed)
    case 'pause-snapshot':
      return onlyIncremental(parsed) ?? { action: 'pause' }
    case 'resume-snapshot':
      return onlyIncremental(parsed) ?? { action: 'resume' }
    case 'log': {
      const { message } = parsed
      return typeof message === 'string' && message !== ''
        ? { action: 'log', message }
        : refused('"message" is missing from its data')
    }
  }
}

/** The tables that some names or expressions mean, each once; what matches none stays as it is written. */
export function expanded(collections: readonly string[], known: readonly string[]): readonly string[] {
  const found = collections.flatMap(one => {
    const regex = whole(one)
    const matching = regex === undefined ? [] : known.filter(name => regex.test(name))
    return matching.length > 0 ? matching : [one]
  })
  return [...new Set(found)]
}

function execution(data: Data): Signal {
  const collections = names(data['data-collections'])
  if (collections === undefined || collections.length === 0)
    return refused('"data-collections" of its data is no list of tables')
  const kind = kindOf(data)
  if (kind === undefined) return refused(`the type of snapshot ${JSON.stringify(data['type'])} is not known`)
  const conditions: SignalCondition[] = []
  const given = data['additional-conditions'] ?? []
  if (!Array.isArray(given)) return refused('"additional-conditions" of its data is no list')
  for (const one of given as readonly unknown[]) {
    const { 'data-collection': table, filter } = (one ?? {}) as Data
    const tables = typeof table === 'string' ? whole(table.trim(), 'i') : undefined
    if (tables === undefined || typeof filter !== 'string')
      return refused('an entry of "additional-conditions" has no "data-collection" and "filter"')
    conditions.push({ tables, filter })
  }
  const key = data['surrogate-key']
  const surrogateKey = typeof key === 'string' && key.trim() !== '' ? key.trim() : undefined
  return { action: 'execute', kind, collections, conditions, surrogateKey }
}

function stop(data: Data): Signal {
  const collections = data['data-collections'] === undefined ? [] : names(data['data-collections'])
  if (collections === undefined) return refused('"data-collections" of its data is no list of tables')
  return onlyIncremental(data) ?? { action: 'stop', collections }
}

/** Only an incremental snapshot can be stopped and paused. */
function onlyIncremental(data: Data): Signal | undefined {
  const kind = kindOf(data)
  return kind === 'incremental' ? undefined : refused(`it concerns a snapshot of type ${JSON.stringify(data['type'])}`)
}

function kindOf(data: Data): 'incremental' | 'blocking' | undefined {
  const { type = 'incremental' } = data
  const kind = typeof type === 'string' ? type.toLowerCase() : undefined
  return kind === 'incremental' || kind === 'blocking' ? kind : undefined
}

/** Undefined where it is no list of expressions. */
function names(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const all = (value as readonly unknown[]).map(one => (typeof one === 'string' ? one.trim() : ''))
  return all.some(one => one === '' || whole(one) === undefined) ? undefined : all
}

function whole(source: string, flags = ''): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, flags)
  } catch {
    return undefined
  }
}

function parsedData(data: string | null): Data | undefined {
  if (data === null || data.trim() === '') return {}
  try {
    const parsed = JSON.parse(data) as unknown
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Data) : undefined
  } catch {
    return undefined
  }
}

const refused = (reason: string): Signal => ({ action: 'refused', reason })
