import type { RawConfig } from '../../src/core/config/field.js'
import { errorCode, errorMessage } from '../../src/core/error.js'
import type { Loan } from '../../src/core/lending.js'
import type { LogClient } from '../../src/ports/log.js'
import { OwnOffsetStores, type ConnectorOffsetStores } from '../../src/stores/connector-offset-stores.js'
import type { ThreadEnvironment } from './environment.js'
import { offsetsTopicKey } from './messages.js'

/**
 * Where a source's offsets stand: in the worker's topic, or in one of its own, on the brokers that its records go to (`log`),
 * which is made where it is missing. `config` has the values of its variables. To be given back. Fails as stores do.
 */
export async function offsetsOf(
  config: RawConfig,
  environment: ThreadEnvironment,
  log: LogClient = environment.log,
): Promise<Loan<ConnectorOffsetStores>> {
  const workers = await environment.offsets()
  const topic = config[offsetsTopicKey]?.trim() ?? ''
  const own = topic === '' ? undefined : await environment.ownOffsets?.(topic, log)
  if (own === undefined) return { value: workers, giveBack: () => Promise.resolve() }
  const copyFailed = (error: unknown): void =>
    environment.logger.log('warn', "Offsets are set, and could not be copied to the worker's offsets topic", {
      connector: config['name'],
      code: errorCode(error),
      error: errorMessage(error),
    })
  return { value: new OwnOffsetStores(own.value, workers, copyFailed), giveBack: () => own.giveBack() }
}

/** To look at only: a topic that is missing is not made, and then nothing is in it. */
export async function committedOffsets(
  config: RawConfig,
  environment: ThreadEnvironment,
): Promise<Loan<ConnectorOffsetStores>> {
  const topic = config[offsetsTopicKey]?.trim() ?? ''
  const isThere = topic !== '' && (await environment.log.topics.describe(topic)) !== undefined
  return offsetsOf(isThere ? config : { ...config, [offsetsTopicKey]: '' }, environment)
}

/** Uses them once. */
export async function withOffsetsOf<R>(
  config: RawConfig,
  environment: ThreadEnvironment,
  use: (offsets: ConnectorOffsetStores) => Promise<R>,
): Promise<R> {
  const { value, giveBack } = await offsetsOf(config, environment)
  try {
    return await use(value)
  } finally {
    await giveBack()
  }
}
