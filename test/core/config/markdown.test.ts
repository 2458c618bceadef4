import { expect, it } from 'vitest'
import { field } from '../../../src/core/config/field.js'
import { configMarkdown } from '../../../src/core/config/markdown.js'

it('lists required keys first, with types, defaults and limits', () => {
  const fields = {
    'poll.ms': field.long({ doc: 'Pause between polls.', default: 100, min: 1, max: 1000 }),
    file: field.string({ doc: 'File to read.' }),
    mode: field.string({ doc: 'How to read.', default: 'bulk', oneOf: ['bulk', 'stream'] }),
    topics: field.list({ doc: 'Topics.', default: [] }),
    key: field.password({ doc: 'Key.', default: 'hush' }),
    note: field.string({ doc: 'Note.', optional: true }),
  }
  expect(configMarkdown(fields)).toBe(
    [
      '| Key | Type | Default | Meaning |',
      '| --- | --- | --- | --- |',
      '| `file` | STRING | **required** | File to read. |',
      '| `poll.ms` | LONG | `100` | Pause between polls. 1 to 1000. |',
      '| `mode` | STRING | `bulk` | How to read. One of `bulk`, `stream`. |',
      '| `topics` | LIST | empty | Topics. |',
      '| `key` | PASSWORD | `[hidden]` | Key. |',
      '| `note` | STRING | – | Note. |',
    ].join('\n'),
  )
})

it('keeps every row one row of four cells, whatever a plugin writes', () => {
  const fields = { 'a|b': field.string({ doc: 'Either a | b,\n\nor `c`.', default: '`|`\n' }) }
  const row = configMarkdown(fields).split('\n').slice(2)
  expect(row).toEqual(['| `a\\|b` | STRING | `` `\\|`  `` | Either a \\| b, or `c`. |'])
})
