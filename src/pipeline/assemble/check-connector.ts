import type { RawConfig } from '../../core/config/field.js'
import { errorMessage, type ConfigIssue } from '../../core/error.js'
import type { PlanContext } from '../../plugin/index.js'
import type { PluginLoader } from '../../ports/plugin-loader.js'
import { raceSignal } from './race-signal.js'
import { readConnector, type ConnectorReading } from './read-connector.js'
import type { WorkerDefaults } from './worker-defaults.js'

/** What a connector's own code is given while it checks and plans; `signal` is its deadline. */
export type PlanServices = Pick<PlanContext<unknown>, 'signal' | 'logger' | 'offsets'>

export interface CheckedConnector extends Omit<ConnectorReading, 'ready' | 'config'> {
  /** What it alone may hold (`exclusive` of the kit), where the configuration is valid. */
  readonly exclusive: readonly string[]
}

/**
 * Checks a whole configuration: the common keys, those of every plugin it names, the keys against one another, and what
 * the connector itself checks. All errors at once (I10), nothing thrown for them. Runs plugin code: worker threads only.
 * `unresolved`: what kept variables of `raw` from having their values.
 */
export async function checkConnector(
  raw: RawConfig,
  worker: WorkerDefaults,
  loader: PluginLoader,
  services: PlanServices,
  unresolved: readonly ConfigIssue[] = [],
): Promise<CheckedConnector> {
  const { ready: _ready, config, ...reading } = await readConnector(raw, worker, loader)
  const { plugin } = reading
  // With a variable in the place of a value the connector's own check would be about something else.
  if (unresolved.length > 0) return { ...reading, issues: withUnresolved(reading.issues, unresolved), exclusive: [] }
  if (!plugin || !config) return { ...reading, exclusive: [] }

  const max = Number(reading.sections[0]?.values['tasks.max'] ?? 1)
  const validated = await asking<readonly ConfigIssue[]>('check its configuration', [], () =>
    raceSignal(
      Promise.resolve(plugin.validate?.({ ...services, config, raw, max }) ?? []),
      services.signal,
      'checking its configuration',
    ),
  )
  const issues = [...reading.issues, ...validated.answer, ...validated.issues]
  if (issues.length > 0) return { ...reading, issues, exclusive: [] }
  const held = await asking<readonly string[]>('say what it holds', [], () => plugin.exclusive?.(config) ?? [])
  return { ...reading, issues: held.issues, exclusive: held.answer }
}

/** At a key without its value only that is wrong. */
function withUnresolved(issues: readonly ConfigIssue[], unresolved: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const keys = new Set(unresolved.map(({ key }) => key))
  return [...unresolved, ...issues.filter(({ key }) => !keys.has(key))]
}

/** What the connector's own code answers; what it throws is an issue like any other. */
async function asking<A>(
  doing: string,
  otherwise: A,
  ask: () => A | Promise<A>,
): Promise<{ readonly answer: A; readonly issues: readonly ConfigIssue[] }> {
  try {
    return { answer: await ask(), issues: [] }
  } catch (error) {
    const message = `The connector could not ${doing}: ${errorMessage(error)}`
    return { answer: otherwise, issues: [{ key: 'connector.class', message }] }
  }
}
