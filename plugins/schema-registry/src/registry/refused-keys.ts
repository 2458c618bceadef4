import { field } from 'millrace/plugin'
import type { ConfigField, ConfigFields } from 'millrace/plugin'

/**
 * A key of Confluent's that cannot be had here. It is declared so that a configuration with it is refused with the reason
 * and not run as if it were not there; its default, written out, is let through.
 */
export function refused(reason: string, neutral: readonly string[] = []): ConfigField<string | undefined> {
  return field.string({
    doc: `Refused: ${reason}`,
    importance: 'low',
    optional: true,
    check: text => (text === '' || neutral.includes(text) ? undefined : reason),
  })
}

/** A key of Confluent's that changes nothing, here or in its own converter; whoever has it in a configuration may keep it. */
export function withoutEffect(what: string): ConfigField<string | undefined> {
  return field.string({ doc: `Without effect: ${what}`, importance: 'low', optional: true })
}

const rules = 'rules of data contracts are not run here.'
const oauth = 'tokens cannot be fetched here; put one into bearer.auth.token, through a configuration provider.'

export const refusedKeys = {
  'max.schemas.per.subject': withoutEffect('schemas.cache.config says how many are kept.'),
  'latest.cache.size': withoutEffect('schemas.cache.config says how many are kept.'),
  'use.schema.guid': refused('schemas are named by id only.'),
  'use.latest.with.metadata': refused('metadata of schemas is not looked at.'),
  'propagate.schema.tags': refused('tags of schemas are not looked at.', ['false']),
  'schema.format': refused('schemas are asked for as they were registered.'),
  'rule.executors': refused(rules),
  'rule.actions': refused(rules),
  'validation.rules.execution': refused(rules, ['DISABLED']),
  'schema.reflection': refused('there are no Java classes here.', ['false']),
  'context.name.strategy': refused('contexts are not derived; put one into schema.registry.url, as /contexts/NAME.', [
    'io.confluent.kafka.serializers.context.NullContextNameStrategy',
  ]),
  'key.schema.id.serializer': refused('ids stand before the payload.', [
    'io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer',
  ]),
  'value.schema.id.serializer': refused('ids stand before the payload.', [
    'io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer',
  ]),
  'schema.backup.enabled': refused('backup envelopes are not written here.', ['false']),
  'bearer.auth.issuer.endpoint.url': refused(oauth),
  'bearer.auth.client.id': refused(oauth),
  'bearer.auth.client.secret': refused(oauth),
  'bearer.auth.scope': refused(oauth),
  'bearer.auth.custom.provider.class': refused('there are no Java classes here.'),
  'bearer.auth.logical.cluster': refused('no header of that name is sent.'),
  'bearer.auth.identity.pool.id': refused('no header of that name is sent.'),
} as const satisfies ConfigFields
