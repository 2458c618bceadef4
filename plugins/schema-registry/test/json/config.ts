import { jsonSchemaConverter } from '../../src/json/converter.js'
import type { JsonConfig } from '../../src/json/keys.js'

/** A configuration with every key's default, save those given. */
export function jsonConfig(given: Readonly<Record<string, unknown>> = {}): JsonConfig {
  const defaults = Object.entries(jsonSchemaConverter.config).map(([key, { options }]) => [
    key,
    options.default as unknown,
  ])
  return { ...Object.fromEntries(defaults), 'schema.registry.url': ['http://nowhere'], ...given }
}
