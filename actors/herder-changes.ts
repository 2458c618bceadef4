import type { ConnectorInfo } from '../src/core/api/connectors.js'
import type { RawConfig } from '../src/core/config/field.js'
import { ConfigError, MillraceError, errorMessage } from '../src/core/error.js'
import { findPlugin } from '../src/core/plugin-catalogue.js'
import type { Herder } from '../src/ports/herder.js'
import type { ConfigCommand } from './config-command.js'
import type { ConnectorTurns } from './connector-turns.js'
import type { EngineServices, WorkerMode } from './engine.js'
import { noConnectorType, unknownConnector, unknownConnectorClass } from './herder-errors.js'
import type { StoreView } from './herder-view.js'
import type { CallInit, CheckAnswer } from './thread/messages.js'

type Changes = 'putConnector' | 'patchConfig' | 'deleteConnector' | 'setTargetState'

/** How long checking a configuration may take, plugin code included; together with planning below 90 s (contract §1.1). */
const checkMs = 60_000
/** How long a deletion waits for tasks to drain, or to be ended by force. */
const goneMs = 60_000

/** What operators change of connectors: each change durable and in effect before it is answered. */
export function connectorChanges(
  services: EngineServices,
  view: StoreView,
  turns: ConnectorTurns,
  mode: WorkerMode,
): Pick<Herder, Changes> {
  const configs = () => services.stores.get().configs

  const existing = (name: string, otherwise: string): ConnectorInfo => {
    const info = view.connector(name)
    if (info === undefined) throw unknownConnector(otherwise)
    return info
  }

  /** I10: refused with all errors at once, before anything is written or started. */
  const check = async (name: string, config: RawConfig, signal: AbortSignal | undefined): Promise<void> => {
    const { hosting, catalogue } = services.threads.get()
    const wanted = config['connector.class']
    if (wanted === undefined || wanted === null) throw noConnectorType(name)
    if (findPlugin(catalogue, 'connector', wanted.trim()).match === 'none') {
      throw unknownConnectorClass(wanted, catalogue)
    }
    const init: CallInit = { kind: 'check', config }
    const { issues, exclusive } = await hosting.run<CheckAnswer>({
      name: `connector ${name}`,
      init,
      deadlineMs: checkMs,
      ...(signal !== undefined && { signal }),
    })
    const clashes = services.running.get().exclusive.heldByOthers(
      name,
      exclusive.map(({ what }) => what),
    )
    const shown = new Map(exclusive.map(each => [each.what, each.shown]))
    const all = [
      ...issues,
      ...clashes.map(({ what, holder }) => ({
        key: 'name',
        message: `The connector "${holder}" holds ${shown.get(what)}, which only one connector may use.`,
      })),
    ]
    if (all.length > 0) throw new ConfigError(all)
  }

  /** Resolves when the instance with the configuration that stands now has planned, as standalone Connect does (contract §1.7). */
  const planned = async (name: string, signal: AbortSignal): Promise<void> => {
    const config = configs().view.connector(name)?.config
    try {
      await services.running.get().starts.whenStarted(`connector/${name}`, ({ work }) => work.config === config, signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new MillraceError('connector.start_failed', `Failed to start connector ${name}: ${errorMessage(error)}`, {
        hint: 'The configuration is stored; GET its status for the trace.',
        cause: error,
      })
    }
  }

  const put = async (
    command: Extract<ConfigCommand, { type: 'put-connector' }>,
    signal: AbortSignal,
  ): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }> => {
    const { name } = command
    const { created } = await services.coordinator.get().request(command, signal)
    // In a cluster it may start anywhere, and whether it did is in its status.
    if (mode === 'standalone') await planned(name, signal)
    return { created, info: existing(name, `Connector ${name} not found`) }
  }

  return {
    async putConnector(name, config, { create, initialState, signal }) {
      const named = { ...config, name: config['name'] ?? name }
      if (named.name !== name) {
        throw new MillraceError(
          'connector.name_mismatch',
          `Connector name configuration (${named.name}) doesn't match connector name in the URL (${name})`,
          { key: 'name' },
        )
      }
      // Outside of its turn: what is wrong is told at once, and before the name is looked at (contract §1.7).
      await check(name, named, signal)
      return turns.take(
        name,
        until =>
          put({ type: 'put-connector', name, config: named, create, ...(initialState && { initialState }) }, until),
        signal,
      )
    },

    patchConfig: (name, changes, signal) =>
      turns.take(
        name,
        async until => {
          const { config } = existing(name, `Connector ${name} not found`)
          const merged = Object.entries({ ...config, ...changes }).filter(([key]) => changes[key] !== null)
          const patched = Object.fromEntries(merged)
          await check(name, patched, until)
          const { info } = await put(
            { type: 'put-connector', name, config: patched, create: false, basedOn: config },
            until,
          )
          return info
        },
        signal,
      ),

    deleteConnector: (name, signal) =>
      turns.take(
        name,
        async until => {
          existing(name, `Connector ${name} not found`)
          await services.coordinator.get().request({ type: 'delete-connector', name }, until)
          await services.coordinator
            .get()
            .ref.ask<void>(reply => ({ type: 'relay', message: { type: 'when-gone', connector: name, reply } }), {
              timeoutMs: goneMs,
              signal: until,
            })
        },
        signal,
      ),

    setTargetState: (name, state) =>
      turns.take(name, async () => {
        if (state !== 'STOPPED') existing(name, `Unknown connector ${name}`)
        else if (view.connector(name) === undefined) {
          if (mode === 'distributed') throw unknownConnector(`Unknown connector ${name}`)
          // Standalone Connect answers 500 to this one call (contract §1.9).
          throw new MillraceError('connector.not_configured', `No connector \`${name}\` configured`)
        }
        await services.coordinator.get().request({ type: 'set-target-state', name, state })
      }),
  }
}
