import { protobufConverter } from '../../src/protobuf/converter.js'
import type { ProtobufConfig } from '../../src/protobuf/keys.js'

/** A configuration with every key's default, save those given. */
export function protobufConfig(given: Readonly<Record<string, unknown>> = {}): ProtobufConfig {
  const defaults = Object.entries(protobufConverter.config).map(([key, { options }]) => [
    key,
    options.default as unknown,
  ])
  return { ...Object.fromEntries(defaults), 'schema.registry.url': ['http://nowhere'], ...given }
}
