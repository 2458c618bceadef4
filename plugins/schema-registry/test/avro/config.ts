import { avroConverter } from '../../src/avro/converter.js'
import type { AvroConfig } from '../../src/avro/keys.js'

/** A configuration with every key's default, save those given. */
export function avroConfig(given: Readonly<Record<string, unknown>> = {}): AvroConfig {
  const defaults = Object.entries(avroConverter.config).map(([key, { options }]) => [key, options.default as unknown])
  return { ...Object.fromEntries(defaults), 'schema.registry.url': ['http://nowhere'], ...given }
}
