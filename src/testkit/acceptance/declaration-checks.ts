import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { configDef } from '../../core/config/config-def.js'
import { Secret, type RawConfig } from '../../core/config/field.js'
import { defaultOf, isRequired, parseFields } from '../../core/config/parse.js'
import { valueText } from '../../core/config/value-text.js'
import type { Plugin } from '../../plugin/index.js'
import type { Check } from './check.js'

/** The members of Connect's ConfigKeyInfo and what each may be. */
const keyInfoShape: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  type: value => /^(STRING|INT|SHORT|LONG|DOUBLE|BOOLEAN|LIST|CLASS|PASSWORD)$/.test(String(value)),
  required: value => typeof value === 'boolean',
  default_value: value => value === null || typeof value === 'string',
  importance: value => /^(HIGH|MEDIUM|LOW)$/.test(String(value)),
  documentation: isText,
  group: value => value === null || isText(value),
  order_in_group: Number.isInteger,
  width: value => /^(NONE|SHORT|MEDIUM|LONG)$/.test(String(value)),
  display_name: isText,
  dependents: value => Array.isArray(value) && value.every(isText),
}

/** What every plugin declares, whatever its kind, and what its configuration does with right and wrong keys. */
export function declarationChecks(plugin: Plugin, config: () => RawConfig | Promise<RawConfig>): Check[] {
  const fields = plugin.config
  return [
    {
      name: 'its names are legal, and it says what it is',
      run: async () => {
        assert.match(plugin.name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'The name must be kebab-case.')
        assert.match(plugin.version, /^\d+\.\d+\.\d+/, 'The version must be a semantic version.')
        assert.match(plugin.summary, /^\S.*\.$/, 'The summary must be one sentence with its full stop.')
        const names = [plugin.name, ...(plugin.aliases ?? [])]
        for (const alias of names) assert.match(alias, /^[\w.$-]+$/, `The alias "${alias}" is no class name.`)
        assert.equal(new Set(names).size, names.length, 'A name stands twice among name and aliases.')
        for (const key of Object.keys(fields))
          assert.match(key, /^[a-zA-Z][\w-]*(\.[\w-]+)*$/, `"${key}" is no legal configuration key.`)
      },
    },
    {
      name: 'its ConfigDef has the shape of Connect, and documents every key',
      run: async () => {
        const infos = JSON.parse(JSON.stringify(configDef(fields))) as Record<string, unknown>[]
        assert.deepEqual(
          infos.map(info => info['name']),
          Object.keys(fields),
        )
        for (const info of infos) {
          assert.deepEqual(Object.keys(info), Object.keys(keyInfoShape))
          for (const [member, fitting] of Object.entries(keyInfoShape))
            assert.ok(fitting(info[member]), `"${member}" of ${String(info['name'])} is ${inspect(info[member])}.`)
          for (const dependent of info['dependents'] as string[])
            assert.ok(
              Object.hasOwn(fields, dependent),
              `${dependent} depends on ${String(info['name'])} and is no key.`,
            )
        }
      },
    },
    {
      name: 'its defaults apply, and pass its own checks',
      run: async () => {
        const raw = await config()
        const absent = Object.entries(fields).filter(([key]) => !Object.hasOwn(raw, key))
        const { values } = parseFields(fields, raw)
        for (const [key, field] of absent) {
          if (isRequired(field)) continue
          const preset = defaultOf(field)
          const text = valueText(field, preset)
          assert.equal(valueText(field, values[key] as typeof preset), text, `The default of ${key} does not apply.`)
          if (text === null || preset instanceof Secret) continue
          const written = parseFields({ [key]: field }, { [key]: text })
          assert.deepEqual(written.issues, [], `The default of ${key} is not what may be written.`)
        }
      },
    },
    {
      name: 'it accepts the example configuration',
      run: async () => {
        assert.deepEqual(parseFields(fields, await config()).issues, [])
      },
    },
    {
      name: 'a required key that is missing is named, and shows no secret',
      run: async () => {
        const raw = await config()
        const required = Object.keys(fields).filter(key => isRequired(fields[key]!))
        for (const key of required) {
          const { [key]: _, ...rest } = raw
          const { issues, values } = parseFields(fields, rest)
          assert.deepEqual(
            issues.map(issue => issue.key),
            [key],
            `Without ${key} the errors name other keys, or none.`,
          )
          assertHidden(secretsIn(plugin, raw), [inspect(issues), inspect(values, { showHidden: true, depth: 8 })])
        }
        // Without anything at all, every required key is named at once (I10).
        const named = new Set(parseFields(fields, {}).issues.map(issue => issue.key))
        for (const key of required) assert.ok(named.has(key), `An empty configuration does not name ${key}.`)
      },
    },
  ]
}

/** What a configuration gives for keys of type PASSWORD. */
export function secretsIn(plugin: Plugin, raw: RawConfig): string[] {
  const secret = Object.entries(plugin.config).filter(([, field]) => field.type === 'PASSWORD')
  return secret.map(([key]) => raw[key]).filter(value => typeof value === 'string' && value !== '') as string[]
}

/** I8 */
export function assertHidden(secrets: readonly string[], texts: readonly string[]): void {
  for (const secret of secrets) {
    const at = texts.find(text => text.includes(secret))
    assert.equal(at?.replaceAll(secret, '<the secret>'), undefined, 'A secret of the configuration shows.')
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}
