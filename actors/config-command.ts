import type { TargetState } from '../src/core/api/connectors.js'
import type { ConnectorOffset } from '../src/core/api/offsets.js'
import type { RawConfig } from '../src/core/config/field.js'
import type { LevelName } from '../src/core/log-levels.js'
import { MillraceError } from '../src/core/error.js'
import { sameConfig, tasksDiffer } from '../src/stores/config-fold.js'
import { configRecord } from '../src/stores/config-record.js'
import type { ConfigStore } from '../src/stores/config-store.js'
import { unknownConnector } from './herder-errors.js'

/**
 * A change of what is wanted: plain data, since in a cluster it travels to the leader, who alone writes the config topic.
 * Configurations have been checked by the node that asks.
 */
export type ConfigCommand =
  | {
      readonly type: 'put-connector'
      readonly name: string
      readonly config: RawConfig
      /** Refuse what exists. */
      readonly create: boolean
      readonly initialState?: TargetState
      /** Refuse it where the configuration is another one by now: `config` was made from this one. */
      readonly basedOn?: RawConfig
    }
  | { readonly type: 'delete-connector'; readonly name: string }
  | { readonly type: 'set-target-state'; readonly name: string; readonly state: TargetState }
  /** What a connector planned from `config`. */
  | {
      readonly type: 'publish-tasks'
      readonly name: string
      readonly config: RawConfig
      readonly tasks: readonly RawConfig[]
    }

  /** Restarts what runs of these (`connector/c`, `task/c-0`), wherever that is. Writes nothing. */
  | {
      readonly type: 'restart'
      readonly name: string
      readonly ids: readonly string[]
      /** Without a word in the status. */
      readonly quietly: boolean
    }
  /** Of the logger `name` and all below it, on every node there is. */
  | { readonly type: 'set-log-level'; readonly name: string; readonly level: LevelName }

/** Sets offsets of a stopped source as an operator asks for, also backwards; null forgets one. For the leader of a cluster only. */
export interface OffsetsCommand {
  readonly type: 'write-source-offsets'
  readonly name: string
  readonly offsets: readonly ConnectorOffset[]
}

export type ClusterCommand = ConfigCommand | OffsetsCommand

export interface ConfigAnswer {
  /** Whether a connector was created. */
  readonly created: boolean
}

export const unremarkable: ConfigAnswer = { created: false }

/** What a command that was carried out before is answered once more (R30). */
export function repeated(command: ClusterCommand): ConfigAnswer {
  return { created: command.type === 'put-connector' && command.create }
}

/**
 * Decides a command on the newest state and writes what follows from it. Resolves when that has been read back. Fails with
 * `connector.exists`, `connector.unknown`, `connector.changed`. In a cluster `id` names the command in what is written.
 */
export async function carryOut(command: ConfigCommand, configs: ConfigStore, id?: string): Promise<ConfigAnswer> {
  const { name } = command
  const entry = configs.view.connector(name)
  switch (command.type) {
    case 'put-connector': {
      const { config, create, initialState, basedOn } = command
      if (create && entry !== undefined) throw new MillraceError('connector.exists', `Connector ${name} already exists`)
      if (basedOn !== undefined && (entry === undefined || !sameConfig(entry.config, basedOn)))
        throw new MillraceError('connector.changed', `The configuration of connector ${name} was changed meanwhile.`, {
          hint: 'Try again.',
        })
      await configs.putConnector(name, config, initialState, id)
      return { created: entry === undefined }
    }
    case 'delete-connector':
      if (entry === undefined) throw unknownConnector(`Connector ${name} not found`)
      await configs.deleteConnector(name, id)
      return unremarkable
    case 'set-target-state': {
      if (entry === undefined) throw unknownConnector(`Unknown connector ${name}`)
      // First the tasks, so that nobody sees it stopped with tasks to run (contract §1.9).
      if (command.state === 'STOPPED' && entry.tasks.length > 0) await configs.putTasks(name, [])
      if (entry.targetState !== command.state) await configs.setTargetState(name, command.state, id)
      return unremarkable
    }
    case 'publish-tasks':
      // Deleted, stopped or configured anew meanwhile: a newer plan follows, or none is wanted.
      if (entry === undefined || !sameConfig(entry.config, command.config)) return unremarkable
      if (entry.targetState === 'STOPPED' && command.tasks.length > 0) return unremarkable
      if (tasksDiffer(entry, command.tasks)) await configs.putTasks(name, command.tasks, id)
      return unremarkable
    case 'restart':
      if (entry === undefined) throw unknownConnector(`Unknown connector: ${name}`)
      return unremarkable
    case 'set-log-level':
      await configs.put(configRecord.loggerLevel(name, command.level), id)
      return unremarkable
  }
}
