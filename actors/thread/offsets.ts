import type { TaskContext } from '../../src/actor/hosting/types.js'
import type { ConnectorOffset } from '../../src/core/api/offsets.js'
import { invalidOffsets, type SinkOffsetChange } from '../../src/core/api/sink-offsets.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { parseFields } from '../../src/core/config/parse.js'
import { ConfigError, dispositionOf, errorMessage } from '../../src/core/error.js'
import { raceSignal } from '../../src/pipeline/assemble/race-signal.js'
import type { GroupOffset } from '../../src/core/offset.js'
import { fits } from '../../src/plugin/fits.js'
import type { ConnectorPlugin, SinkPlugin, SourcePlugin } from '../../src/plugin/index.js'
import { partitionIdentity } from '../../src/stores/offset-record.js'
import { fenceId } from '../fence-id.js'
import { requirePartitions, writeGroupOffsets } from '../group-offsets.js'
import type { ThreadEnvironment } from './environment.js'
import type { CallInit } from './messages.js'
import { sinkPlaces, sourcePlaces, using } from './offset-places.js'
import { requireValues } from './resolved.js'

/** A source's committed offsets, with all that was written so far. */
export async function sourceOffsets(
  { connector, config }: { readonly connector: string; readonly config: RawConfig },
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<readonly ConnectorOffset[]> {
  const { resolved, environment } = await requireValues(config, context, shared)
  return using(sourcePlaces(resolved.config, environment), ({ offsets }) => offsets.all(connector))
}

/** What a connector says to a change of its offsets. */
export interface OffsetsVerdict {
  /** What is to be written: of sources with every stored partition where all were to be forgotten. */
  readonly offsets: readonly ConnectorOffset[]
  /** Whether the runtime's offsets are all there is, so that nothing is left to do by hand. */
  readonly complete: boolean
}

/**
 * Checks a change of a source's offsets: the plugin's declared shape, then the plugin's own rules. Writes nothing.
 * `offsets` undefined: forget all. Fails with `offsets.invalid`.
 */
export async function checkSourceOffsets(
  change: { readonly connector: string; readonly config: RawConfig; readonly offsets?: readonly ConnectorOffset[] },
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<OffsetsVerdict> {
  const { connector } = change
  const { resolved, environment } = await requireValues(change.config, context, shared)
  const { config } = resolved
  const plugin = (await loadPlugin(config, environment)) as SourcePlugin
  const stored = await using(sourcePlaces(config, environment), ({ offsets }) => offsets.all(connector))
  const offsets = change.offsets ?? stored.map(({ partition }) => ({ partition, offset: null }))
  const known = new Set(stored.map(({ partition }) => partitionIdentity(connector, partition)))
  for (const { partition, offset } of offsets) {
    // What is stored may be forgotten, whatever an older version of the plugin stored.
    if (plugin.offsets && (offset !== null || !known.has(partitionIdentity(connector, partition))))
      check('partition', fits(plugin.offsets.partition, partition))
    if (plugin.offsets && offset !== null) check('offset', fits(plugin.offsets.offset, offset))
  }
  const complete = await asking(context, () => plugin.alterOffsets?.(pluginConfig(plugin, config), offsets))
  return { offsets, complete }
}

/** What a sink's group has committed, on the brokers that the sink reads from. */
export async function groupOffsets(
  { config, group }: Extract<CallInit, { kind: 'group-offsets' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<readonly GroupOffset[]> {
  const { resolved, environment } = await requireValues(config, context, shared)
  return using(sinkPlaces(resolved.config, environment), ({ log }) => log.groups.fetch(group))
}

/** Sets and forgets them. */
export async function changeGroupOffsets(
  { config, group, changes }: Extract<CallInit, { kind: 'write-group-offsets' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<void> {
  const { resolved, environment } = await requireValues(config, context, shared)
  await using(sinkPlaces(resolved.config, environment), ({ log }) => writeGroupOffsets(log, group, changes))
}

/** Takes from whoever has it the transactional id of a task that writes to brokers of its own (I4). */
export async function fenceTransactionalId(
  { config, transactionalId }: Extract<CallInit, { kind: 'fence-transactional-id' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<void> {
  const { resolved, environment } = await requireValues(config, context, shared)
  await using(sourcePlaces(resolved.config, environment), ({ log }) => fenceId(log, transactionalId))
}

/** Whether all partitions are there, and what a sink's plugin says to a change of its group's offsets. */
export async function checkSinkOffsets(
  change: { readonly config: RawConfig; readonly changes: readonly SinkOffsetChange[] },
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<boolean> {
  const { resolved, environment } = await requireValues(change.config, context, shared)
  const { config } = resolved
  await using(sinkPlaces(config, environment), ({ log }) => requirePartitions(log, change.changes))
  const plugin = (await loadPlugin(config, environment)) as SinkPlugin
  return asking(context, () => plugin.alterOffsets?.(pluginConfig(plugin, config), change.changes))
}

export async function writeSourceOffsets(
  asked: Extract<CallInit, { kind: 'write-source-offsets' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<void> {
  const { connector, offsets, epoch } = asked
  if (offsets.length === 0) return
  const { resolved, environment } = await requireValues(asked.config, context, shared)
  await using(sourcePlaces(resolved.config, environment), places => places.offsets.write(connector, offsets, epoch))
}

async function loadPlugin(config: RawConfig, environment: ThreadEnvironment): Promise<ConnectorPlugin> {
  return (await environment.loader()).connector(config['connector.class'] ?? '')
}

function pluginConfig(plugin: ConnectorPlugin, config: RawConfig): Readonly<Record<string, unknown>> {
  const { values, issues } = parseFields(plugin.config, config)
  if (issues.length > 0) throw new ConfigError(issues)
  return values
}

function check(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw invalidOffsets(`The ${what} does not fit this connector: ${problems.join(' ')}`)
}

/** Without an answer there may be more to do than the runtime knows (Connect's default). What the plugin throws is a refusal, unless it passes by itself. */
async function asking(context: TaskContext, ask: () => boolean | Promise<boolean> | undefined): Promise<boolean> {
  const answer = async (): Promise<boolean> => {
    try {
      return (await ask()) ?? false
    } catch (error) {
      throw dispositionOf(error) === 'retry' ? error : invalidOffsets(errorMessage(error), error)
    }
  }
  return raceSignal(answer(), context.signal, 'checking offsets')
}
