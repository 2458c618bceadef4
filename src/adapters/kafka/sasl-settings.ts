import { field, type ConfigFields, type ConfigOf } from '../../core/config/field.js'
import type { ConfigIssue } from '../../core/error.js'
import type { SaslSettings } from './connection.js'
import { parseJaas } from '../../core/jaas.js'

export const saslFields = {
  'sasl.mechanism': field.string({
    doc: 'How to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.',
    default: 'GSSAPI',
    importance: 'medium',
  }),
  'sasl.jaas.config': field.password({
    doc: 'Who logs in: <login module> required username="…" password="…";',
    optional: true,
  }),
} as const satisfies ConfigFields

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const modules = [
  'org.apache.kafka.common.security.plain.PlainLoginModule',
  'org.apache.kafka.common.security.scram.ScramLoginModule',
]

export interface ReadSasl {
  /** Undefined where there are issues. */
  readonly sasl?: SaslSettings
  readonly issues: readonly ConfigIssue[]
}

export function readSasl(values: ConfigOf<typeof saslFields>): ReadSasl {
  const issues: ConfigIssue[] = []
  const asked = values['sasl.mechanism']
  const mechanism = mechanisms.find(name => name === asked)
  if (mechanism === undefined)
    issues.push({
      key: 'sasl.mechanism',
      message: `${asked} is not supported${asked === 'GSSAPI' ? '; it is what Kafka takes where the key is not set' : ''}.`,
      hint: `Use ${mechanisms.join(', ')}, or TLS certificates with security.protocol=SSL.`,
    })
  const text = values['sasl.jaas.config']?.reveal()
  if (text === undefined) {
    issues.push({
      key: 'sasl.jaas.config',
      message: 'It is missing, and security.protocol asks for a log-in.',
      hint: `Set it to ${modules[asked.startsWith('SCRAM') ? 1 : 0]} required username="…" password="…";`,
    })
    return { issues }
  }
  const { problem, entry } = parseJaas(text)
  const refuse = (message: string, hint: string): void => void issues.push({ key: 'sasl.jaas.config', message, hint })
  if (problem !== undefined) refuse(problem, 'Write it as <login module> required username="…" password="…";')
  if (entry === undefined || mechanism === undefined) return { issues }
  const { module, options } = entry
  const username = options.get('username')
  const password = options.get('password')
  if (!modules.includes(module)) refuse('Its login module is not known here.', `Use ${modules.join(' or ')}.`)
  if (options.get('tokenauth')?.toLowerCase() === 'true')
    refuse('Delegation tokens are not supported.', 'Log in with a user and its password.')
  for (const [name, value] of Object.entries({ username, password }))
    if (value === undefined) refuse(`The option ${name} is missing.`, `Add ${name}="…" before the semicolon.`)
  if (issues.length > 0 || username === undefined || password === undefined) return { issues }
  return { sasl: { mechanism, username, password }, issues }
}
