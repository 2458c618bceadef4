import { expect } from 'vitest'
import plugins from '@millrace/debezium'
import { parseFields } from '../../src/core/config/parse.js'
import type { SourceRecord, TransformPlugin } from '../../src/plugin/index.js'

const transforms = plugins as readonly TransformPlugin[]

/** Records of ours behind the transform that `type` names; as they are where it names none. */
export function transformed(
  records: readonly SourceRecord[],
  options: Readonly<Record<string, string>>,
): readonly SourceRecord[] {
  const plugin = transforms.find(({ aliases }) => aliases?.includes(options['type'] ?? ''))
  if (plugin === undefined) return records
  const { '': _, type: __, ...keys } = options
  const { values, issues } = parseFields(plugin.config, keys)
  expect(issues).toEqual([])
  const apply = plugin.create(values)
  return records.flatMap(record => (apply(record) as SourceRecord | null) ?? [])
}
