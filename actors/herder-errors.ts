import { MillraceError } from '../src/core/error.js'
import type { PluginCatalogue } from '../src/core/plugin-catalogue.js'
import { pluginsOf } from '../src/core/plugin-catalogue.js'

/** Connect words it one way or another, by the call (contract §1.9, §1.10). */
export function unknownConnector(message: string): MillraceError {
  return new MillraceError('connector.unknown', message, { hint: 'GET /connectors lists what there is.' })
}

export function notStopped(name: string): MillraceError {
  return new MillraceError(
    'offsets.not_stopped',
    `Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
  )
}

export function tasksStopping(name: string): MillraceError {
  return new MillraceError('offsets.tasks_stopping', `Tasks of connector ${name} have not fully stopped yet.`, {
    hint: 'Try again in a few seconds.',
    disposition: 'retry',
  })
}

export function noConnectorType(name: string): MillraceError {
  return new MillraceError('connector.no_type', `Connector config {name=${name}} contains no connector type`, {
    hint: 'Set connector.class.',
    key: 'connector.class',
  })
}

export function unknownConnectorClass(name: string, catalogue: PluginCatalogue): MillraceError {
  const available = pluginsOf(catalogue, 'connector').map(({ className }) => className)
  return new MillraceError(
    'plugin.unknown',
    `Failed to find any class that implements Connector and which name matches ${name}, available connectors are: ${available.join(', ')}`,
    { key: 'connector.class' },
  )
}
