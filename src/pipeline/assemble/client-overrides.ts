import type { RawConfig } from '../../core/config/field.js'
import { parseFields, subset } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'
import { overrideField } from './override-keys.js'
import { clientSettings, type ClientSettings, type OverridePolicy } from './worker-defaults.js'

export type ClientKind = 'producer' | 'consumer' | 'admin'

/** What is wrong with the overrides of the clients in use: what the worker's policy refuses, and what cannot be read. */
export function overrideIssues(
  raw: RawConfig,
  clients: readonly ClientKind[],
  policy: OverridePolicy,
): readonly ConfigIssue[] {
  return clients.flatMap(client => {
    const prefix = `${client}.override.`
    const settings = subset(raw, prefix)
    return Object.keys(settings).flatMap(key => [
      ...(allows(policy, key)
        ? []
        : [
            {
              key: prefix + key,
              message: `The '${policy.policy}' policy does not allow '${key}' to be overridden in the connector configuration.`,
            },
          ]),
      ...unreadable(client, key, settings).map(message => ({ key: prefix + key, message })),
    ])
  })
}

/** Under the client's own name of it, as Connect has it. A null is told of elsewhere. */
function unreadable(client: ClientKind, key: string, settings: RawConfig): readonly string[] {
  const declared = overrideField(client, key)
  if (declared === undefined || settings[key] === null) return []
  return parseFields({ [key]: declared }, settings).issues.map(({ message }) => message)
}

const allowedByPolicy: Readonly<Record<Exclude<OverridePolicy['policy'], 'Allowlist'>, (key: string) => boolean>> = {
  All: () => true,
  None: () => false,
  Principal: key => ['security.protocol', 'sasl.jaas.config', 'sasl.mechanism'].includes(key),
}

/** A configuration without the overrides that the policy refuses, also of clients that Connect does not ask it about. */
export function permitted(raw: RawConfig, policy: OverridePolicy): RawConfig {
  return Object.fromEntries(
    Object.entries(raw).filter(([key]) => {
      const setting = /^(?:producer|consumer|admin)\.override\.(.*)$/.exec(key)?.[1]
      return setting === undefined || allows(policy, setting)
    }),
  )
}

function allows(policy: OverridePolicy, key: string): boolean {
  return policy.policy === 'Allowlist' ? policy.allowed.includes(key) : allowedByPolicy[policy.policy](key)
}

/** A connector's client settings: the worker's, under the connector's own. */
export function effectiveSettings(worker: ClientSettings, raw: RawConfig, client: ClientKind): ClientSettings {
  return { ...worker, ...clientSettings(raw, `${client}.override.`) }
}
