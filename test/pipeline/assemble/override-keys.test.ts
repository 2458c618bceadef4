import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configDef } from '../../../src/core/config/config-def.js'
import { overrideField } from '../../../src/pipeline/assemble/override-keys.js'

type Key = readonly [name: string, type: string, importance: string, fallback?: string | null]

const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/config/client-keys.json', import.meta.url), 'utf8'),
) as Readonly<Record<'producer' | 'consumer' | 'admin', readonly Key[]>>

test.each(['producer', 'consumer', 'admin'] as const)(
  'every key of the %s client is defined as the client does',
  client => {
    for (const [name, type, importance, fallback] of recorded[client]) {
      const [definition] = configDef({ [name]: overrideField(client, name)! }, { prefix: `${client}.override.` })
      expect(definition).toMatchObject({
        name: `${client}.override.${name}`,
        type,
        required: fallback === undefined,
        default_value: fallback ?? null,
        importance,
        group: null,
        order_in_group: -1,
        width: 'NONE',
        display_name: name,
        dependents: [],
      })
    }
  },
)

test('what the client does not know is not defined', () => {
  expect(overrideField('producer', 'max.poll.records')).toBeUndefined()
  expect(overrideField('consumer', 'linger.ms')).toBeUndefined()
  expect(overrideField('admin', 'toString')).toBeUndefined()
})
