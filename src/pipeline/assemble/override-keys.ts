import type { ConfigField, ConfigFields, Importance } from '../../core/config/field.js'
import { parseFields } from '../../core/config/parse.js'
import { clientKeys, type ClientKey } from './client-keys.js'
import type { ClientKind } from './client-overrides.js'

/** What the client settings are for that mean something here; all others are passed on as they are. */
const honoured: Readonly<Record<ClientKind, Readonly<Record<string, string>>>> = {
  producer: {
    'compression.type': 'Compression of record batches.',
    'batch.size': 'Bytes at which a batch is closed; without it, 512 KiB.',
    'linger.ms':
      'How long a batch that is not full waits for more records while the log has nothing to do; without it, not at all.',
    'max.request.size': 'Most bytes of a batch before compression.',
  },
  consumer: {
    'group.id': 'Consumer group of the sink; without it, connect-<name>.',
    'auto.offset.reset': 'Where to begin where nothing is committed; without it, at the earliest record.',
    'fetch.max.bytes': 'About what one read brings, in bytes.',
    'max.poll.records': 'Most records of one put; without it, 2,000.',
  },
  admin: {},
}

const fields: Readonly<Record<ClientKind, ConfigFields>> = {
  producer: fieldsOf('producer'),
  consumer: fieldsOf('consumer'),
  admin: fieldsOf('admin'),
}

/** The declaration of a client's setting, as the client itself has it; undefined for what it does not know. */
export function overrideField(client: ClientKind, setting: string): ConfigField | undefined {
  return Object.hasOwn(fields[client], setting) ? fields[client][setting] : undefined
}

/** Whether a setting that no client knows is a secret by its name, and is not to be shown (I8). */
export function looksSecret(setting: string): boolean {
  return /password|secret|credential|jaas/i.test(setting)
}

function fieldsOf(client: ClientKind): ConfigFields {
  return Object.fromEntries(
    clientKeys[client].map(key => {
      const doc = honoured[client][key[0]] ?? `A setting of Kafka's ${client} client, described in its documentation.`
      return [key[0], fieldOf(key, doc)]
    }),
  )
}

function fieldOf([name, type, importance, text]: ClientKey, doc: string): ConfigField {
  // Connect names these as the client does, while their keys have the prefix.
  const options = { doc, importance: importance.toLowerCase() as Importance, displayName: name }
  if (text === undefined) return { type, options }
  if (text === null) return { type, options: { ...options, optional: true } }
  const { values } = parseFields({ [name]: { type, options } }, { [name]: text })
  return { type, options: { ...options, default: values[name] } }
}
