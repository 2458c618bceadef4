import type { RawConfig } from '../../core/config/field.js'
import { subset } from '../../core/config/parse.js'
import type { ConfigIssue } from '../../core/error.js'
import { clientSettings, type ClientSettings, type OverridePolicy } from './worker-defaults.js'

export type ClientKind = 'producer' | 'consumer' | 'admin'

/** The overrides that the worker's policy refuses, for the clients in use. */
export function overrideIssues(
  raw: RawConfig,
  clients: readonly ClientKind[],
  policy: OverridePolicy,
): readonly ConfigIssue[] {
  return clients.flatMap(client => {
    const prefix = `${client}.override.`
    return Object.keys(subset(raw, prefix))
      .filter(key => !allows(policy, key))
      .map(key => ({
        key: prefix + key,
        message: `The '${policy.policy}' policy does not allow '${key}' to be overridden in the connector configuration.`,
      }))
  })
}

const allowedByPolicy: Readonly<Record<Exclude<OverridePolicy['policy'], 'Allowlist'>, (key: string) => boolean>> = {
  All: () => true,
  None: () => false,
  Principal: key => ['security.protocol', 'sasl.jaas.config', 'sasl.mechanism'].includes(key),
}

function allows(policy: OverridePolicy, key: string): boolean {
  return policy.policy === 'Allowlist' ? policy.allowed.includes(key) : allowedByPolicy[policy.policy](key)
}

/** A connector's client settings: the worker's, under the connector's own. */
export function effectiveSettings(worker: ClientSettings, raw: RawConfig, client: ClientKind): ClientSettings {
  return { ...worker, ...clientSettings(raw, `${client}.override.`) }
}
