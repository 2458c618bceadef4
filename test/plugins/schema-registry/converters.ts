import type { Converter, ConverterPlugin, SchemaAndValue } from '../../../src/plugin/index.js'
import { parseFields } from '../../../src/core/config/parse.js'
import plugins from '../../../plugins/schema-registry/src/index.js'

/** A converter as a task gets it of a configuration. */
export function converterOf(
  alias: string,
  config: Readonly<Record<string, string>>,
  role: 'key' | 'value' = 'value',
): Converter {
  const plugin = plugins.find(of => of.aliases?.includes(alias)) as ConverterPlugin | undefined
  if (plugin === undefined) throw new Error(`no converter ${alias}`)
  const { values, issues } = parseFields(plugin.config, config)
  const found = [...issues, ...(issues.length === 0 ? (plugin.validate?.(values) ?? []) : [])]
  if (found.length > 0) throw new Error(found.map(({ key, message }) => `${key}: ${message}`).join('\n'))
  return plugin.create(values, role)
}

/** Waits for what may be a promise. */
export async function written(converter: Converter, topic: string, data: SchemaAndValue): Promise<Buffer> {
  const bytes = await converter.fromData(topic, data.schema, data.value, [])
  return bytes as Buffer
}

export async function readBack(converter: Converter, topic: string, bytes: Buffer | null): Promise<SchemaAndValue> {
  return converter.toData(topic, bytes, [])
}
