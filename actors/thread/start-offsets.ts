import type { DryRunFrom } from '../../src/core/api/dry-run.js'
import type { ConnectorOffset } from '../../src/core/api/offsets.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { invalidOffsets } from '../../src/core/api/sink-offsets.js'
import { fits } from '../../src/plugin/fits.js'
import type { ConnectorPlugin, SourcePlugin } from '../../src/plugin/index.js'
import type { ConnectorOffsets, SourceOffset } from '../../src/ports/source-offsets.js'
import { partitionIdentity } from '../../src/stores/offset-record.js'
import type { ThreadEnvironment } from './environment.js'
import { sourcePlaces, using } from './offset-places.js'

/**
 * The offsets that a source's dry run begins at: the committed ones, none, or those of the request. Only read. Fails with
 * `offsets.invalid`.
 */
export async function startOffsets(
  plugin: ConnectorPlugin,
  config: RawConfig,
  from: DryRunFrom,
  environment: ThreadEnvironment,
): Promise<ConnectorOffsets> {
  const connector = config['name'] ?? ''
  const fixed = (offsets: readonly ConnectorOffset[]): ConnectorOffsets => given(connector, offsets, environment)
  if (plugin.kind === 'sink') return fixed([])
  switch (from) {
    case 'committed':
      return committed(config, connector, environment)
    case 'earliest':
      return fixed([])
    case 'latest':
      throw invalidOffsets('A source has no end to begin at: "latest" is for sinks.')
    default:
      for (const offset of from) check(plugin, offset)
      return fixed(from)
  }
}

/** As they stand now: a dry run begins at them and moves none. */
async function committed(
  config: RawConfig,
  connector: string,
  environment: ThreadEnvironment,
): Promise<ConnectorOffsets> {
  const stored = await using(sourcePlaces(config, environment, 'look'), ({ offsets }) => offsets.all(connector))
  return given(connector, stored, environment)
}

function check({ offsets: shape }: SourcePlugin, { partition, offset }: ConnectorOffset): void {
  if (shape === undefined) return
  const problems = [...fits(shape.partition, partition), ...(offset === null ? [] : fits(shape.offset, offset))]
  if (problems.length > 0) throw invalidOffsets(`The offsets do not fit this connector: ${problems.join(' ')}`)
}

function given(
  connector: string,
  offsets: readonly ConnectorOffset[],
  { log }: Pick<ThreadEnvironment, 'log'>,
): ConnectorOffsets {
  const key = (partition: SourceOffset['partition']): string => partitionIdentity(connector, partition)
  const all = offsets.flatMap(({ partition, offset }) => (offset === null ? [] : [{ partition, offset }]))
  return {
    log,
    key,
    last: async partition => all.findLast(of => key(of.partition) === key(partition))?.offset,
    all: async () => all,
    encode: () => [],
  }
}
