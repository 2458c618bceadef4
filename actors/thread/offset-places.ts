import type { RawConfig } from '../../src/core/config/field.js'
import { errorCode, errorMessage } from '../../src/core/error.js'
import type { Loan } from '../../src/core/lending.js'
import type { LogClient } from '../../src/ports/log.js'
import { OwnOffsetStores, type ConnectorOffsetStores } from '../../src/stores/connector-offset-stores.js'
import type { OffsetStore } from '../../src/stores/offset-store.js'
import type { ThreadEnvironment } from './environment.js'
import { offsetsTopicKey } from './messages.js'

/** Where a source's records go, and where its offsets stand. */
export interface SourcePlaces {
  readonly log: LogClient
  readonly offsets: ConnectorOffsetStores
}

/** Where a sink's records come from, and where its dead letters go. */
export interface SinkPlaces {
  readonly log: LogClient
  /** Absent: as the records. */
  readonly letters?: LogClient
}

/**
 * Offsets stand in the worker's topic, or in one of the connector's own on the brokers that its records go to, which is made
 * where it is missing. So they do too, under the worker's name, where records and offsets are one transaction on other
 * brokers. `config` has the values of its variables. To be given back. Fails as clients and stores do.
 */
export async function sourcePlaces(
  config: RawConfig,
  environment: ThreadEnvironment,
  mode: 'use' | 'look' = 'use',
): Promise<Loan<SourcePlaces>> {
  const logs = await environment.connectorLogs(config, 'source')
  try {
    const log = logs?.value.log ?? environment.log
    const workers = await environment.offsets()
    const topic = offsetsTopicOf(config, environment, logs?.value.otherBrokers === true)
    // A topic that is missing is not made to be looked at: nothing is in it.
    const isWanted = topic !== undefined && (mode === 'use' || (await log.topics.describe(topic)) !== undefined)
    const own = isWanted ? await environment.ownOffsets?.(topic, log) : undefined
    const offsets = own === undefined ? workers : overWorkers(own.value, workers, config, environment)
    return {
      value: { log, offsets },
      giveBack: async () => {
        await own?.giveBack()
        await logs?.giveBack()
      },
    }
  } catch (error) {
    await logs?.giveBack()
    throw error
  }
}

export async function sinkPlaces(config: RawConfig, environment: ThreadEnvironment): Promise<Loan<SinkPlaces>> {
  const logs = await environment.connectorLogs(config, 'sink')
  const letters = logs?.value.letters
  return {
    value: { log: logs?.value.log ?? environment.log, ...(letters && { letters }) },
    giveBack: async () => logs?.giveBack(),
  }
}

/** Uses what was lent once. */
export async function using<T, R>(loan: Promise<Loan<T>>, use: (value: T) => Promise<R>): Promise<R> {
  const { value, giveBack } = await loan
  try {
    return await use(value)
  } finally {
    await giveBack()
  }
}

/** Undefined: the worker's, by the worker's own clients. */
function offsetsTopicOf(config: RawConfig, environment: ThreadEnvironment, otherBrokers: boolean): string | undefined {
  const topic = config[offsetsTopicKey]?.trim() ?? ''
  if (topic !== '') return topic
  return otherBrokers && environment.worker.exactlyOnce ? environment.offsetsTopic : undefined
}

function overWorkers(
  own: OffsetStore,
  workers: OffsetStore,
  config: RawConfig,
  { logger }: ThreadEnvironment,
): ConnectorOffsetStores {
  return new OwnOffsetStores(own, workers, error =>
    logger.log('warn', "Offsets are set, and could not be copied to the worker's offsets topic", {
      connector: config['name'],
      code: errorCode(error),
      error: errorMessage(error),
    }),
  )
}
