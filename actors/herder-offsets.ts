import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectorOffset } from '../src/core/api/offsets.js'
import { invalidOffsets, parseSinkOffsets, sinkOffset } from '../src/core/api/sink-offsets.js'
import type { RawConfig } from '../src/core/config/field.js'
import { MillraceError } from '../src/core/error.js'
import type { GroupOffset } from '../src/core/offset.js'
import { findPlugin } from '../src/core/plugin-catalogue.js'
import { sinkGroup } from '../src/pipeline/assemble/sink-group.js'
import type { Herder } from '../src/ports/herder.js'
import type { OffsetsCommand } from './config-command.js'
import type { EngineServices } from './engine.js'
import { writeGroupOffsets } from './group-offsets.js'
import { notStopped, tasksStopping } from './herder-errors.js'
import { hasOwnClients, type CallInit } from './thread/messages.js'
import type { OffsetsVerdict } from './thread/offsets.js'

/** How long reading, checking or writing offsets may take, plugin code included; together below Connect's 90 s for a request. */
const callMs = 25_000

/** A connector is STOPPED before the last of its tasks has ended: that is waited for, and not told to whoever is quick. */
const endingMs = 10_000
const againMs = 50

/** The offsets of connectors: sources' from the offset store, which task threads have, and sinks' from the log's groups. */
export function offsetQueries(services: EngineServices): Pick<Herder, 'offsets' | 'alterOffsets'> {
  const ask = <R>(name: string, init: CallInit): Promise<R> =>
    services.threads.get().hosting.run<R>({ name: `connector ${name}`, init, deadlineMs: callMs })

  const configOf = (name: string): RawConfig => {
    const entry = services.stores.get().configs.view.connector(name)
    if (entry?.config) return entry.config
    throw new MillraceError('connector.unknown', `Connector ${name} not found`)
  }

  const isSink = (name: string, config: RawConfig): boolean => {
    const wanted = config['connector.class'] ?? ''
    const found = findPlugin(services.threads.get().catalogue, 'connector', wanted)
    if (found.match === 'one') return found.plugin.kind === 'sink'
    throw new MillraceError('connector.type_unknown', `The plugin ${wanted} of connector ${name} is not here.`, {
      hint: 'Install the plugin, or correct connector.class.',
    })
  }

  /** Here or, with peers, anywhere. */
  const hasTasks = (name: string): boolean => {
    const runsHere = services.running.get().figures.lives()
    const { work = [] } = services.coordinator.get().cluster?.() ?? {}
    return (
      runsHere.some(({ id }) => id.connector === name) ||
      work.some(({ connector, task }) => connector === name && task !== undefined)
    )
  }

  const untilTasksEnded = async (name: string): Promise<void> => {
    const deadline = performance.now() + endingMs
    while (hasTasks(name)) {
      if (performance.now() > deadline) throw tasksStopping(name)
      await sleep(againMs)
    }
  }

  /** Nothing of the connector may run, or it would go on from where it was and write over what the operator set. */
  const requireStopped = async (name: string): Promise<RawConfig> => {
    const { configs } = services.stores.get()
    await configs.readToEnd()
    const config = configOf(name)
    const entry = configs.view.connector(name)
    if (entry?.targetState !== 'STOPPED' || entry.tasks.length > 0) throw notStopped(name)
    await untilTasksEnded(name)
    return config
  }

  const alterSource = async (
    name: string,
    config: RawConfig,
    offsets: readonly ConnectorOffset[] | undefined,
  ): Promise<boolean> => {
    const verdict = await ask<OffsetsVerdict>(name, {
      kind: 'check-source-offsets',
      connector: name,
      config,
      ...(offsets && { offsets }),
    })
    await requireStopped(name)
    const command: OffsetsCommand = { type: 'write-source-offsets', name, offsets: verdict.offsets }
    const coordination = services.coordinator.get()
    if (verdict.offsets.length > 0 && coordination.writeOffsets) await coordination.writeOffsets(command)
    else await ask(name, { kind: 'write-source-offsets', connector: name, config, offsets: verdict.offsets })
    return verdict.complete
  }

  const fetchGroup = (name: string, config: RawConfig): Promise<readonly GroupOffset[]> => {
    const group = sinkGroup(name, config)
    if (hasOwnClients(config, ['consumer', 'admin'])) return ask(name, { kind: 'group-offsets', config, group })
    return services.log.get().records.groups.fetch(group)
  }

  const alterSink = async (
    name: string,
    config: RawConfig,
    offsets: readonly ConnectorOffset[] | undefined,
  ): Promise<boolean> => {
    const group = sinkGroup(name, config)
    const changes =
      offsets === undefined
        ? (await fetchGroup(name, config)).map(({ topic, partition }) => ({ topic, partition, offset: null }))
        : parseSinkOffsets(offsets)
    const complete = await ask<boolean>(name, { kind: 'check-sink-offsets', config, changes })
    await requireStopped(name)
    const written = offsets === undefined ? undefined : changes
    if (hasOwnClients(config, ['consumer', 'admin']))
      await ask(name, { kind: 'write-group-offsets', config, group, ...(written && { changes: written }) })
    else await writeGroupOffsets(services.log.get().records, group, written)
    return complete
  }

  return {
    async offsets(name) {
      const config = configOf(name)
      if (!isSink(name, config)) return ask(name, { kind: 'source-offsets', connector: name, config })
      return (await fetchGroup(name, config))
        .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
        .map(sinkOffset)
    },

    async alterOffsets(name, offsets) {
      if (offsets?.length === 0)
        throw invalidOffsets('Partitions / offsets need to be provided for an alter offsets request')
      const config = await requireStopped(name)
      const alter = isSink(name, config) ? alterSink : alterSource
      return altered(offsets === undefined ? 'reset' : 'altered', await alter(name, config, offsets))
    },
  }
}

/** In the words of Connect's Worker. */
function altered(done: 'altered' | 'reset', complete: boolean): string {
  return complete
    ? `The offsets for this connector have been ${done} successfully`
    : `The Connect framework-managed offsets for this connector have been ${done} successfully. However, if this connector manages offsets externally, they will need to be manually ${done} in the system that the connector uses.`
}
