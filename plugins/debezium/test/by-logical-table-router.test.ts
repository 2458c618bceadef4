import { expect, test } from 'vitest'
import { parseFields } from '../../../src/core/config/parse.js'
import { byLogicalTableRouter } from '../src/by-logical-table-router.js'

const faults = (raw: Readonly<Record<string, string>>): readonly string[] => {
  const { values, issues } = parseFields(byLogicalTableRouter.config, raw)
  return (issues.length > 0 ? issues : (byLogicalTableRouter.validate?.(values) ?? [])).map(({ key }) => key)
}

const topics = { 'topic.regex': '(.*)\\.(.*)', 'topic.replacement': '$1' }

test.each<[string, Record<string, string>, readonly string[]]>([
  ['nothing', topics, []],
  ['an expression', { ...topics, 'topic.regex': '(' }, ['topic.regex']],
  ['a group that the expression lacks', { ...topics, 'topic.replacement': '$3' }, ['topic.replacement']],
  ['half of the key', { ...topics, 'key.field.regex': '.*' }, ['key.field.regex']],
  [
    'both replacements',
    { ...topics, 'topic.replacement': '${x}', 'key.field.regex': '.*', 'key.field.replacement': '$1' },
    ['topic.replacement', 'key.field.replacement'],
  ],
])('a configuration with %s wrong is told with its keys', (_, raw, keys) => {
  expect(faults(raw)).toEqual(keys)
})
