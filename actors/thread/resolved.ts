import type { TaskContext } from '../../src/actor/hosting/types.js'
import type { RawConfig } from '../../src/core/config/field.js'
import { asItIs } from '../../src/core/config/hidden.js'
import type { ConfigIssue } from '../../src/core/error.js'
import { findPlugin } from '../../src/core/plugin-catalogue.js'
import {
  requireResolved,
  resolveConnector,
  type ResolvedConnector,
} from '../../src/pipeline/assemble/resolve-connector.js'
import { redactingLogger } from '../../src/ports/redacting-logger.js'
import type { ThreadEnvironment } from './environment.js'

/** A configuration with the values of its variables, and an environment whose log does not tell them. */
export interface WithValues {
  readonly resolved: ResolvedConnector
  readonly environment: ThreadEnvironment
}

/** Looks the variables up anew, here and not before: no other thread ever has the values (I8). From then on no failure and no line tells them. */
export async function withValues(
  config: RawConfig,
  context: TaskContext,
  environment: ThreadEnvironment,
): Promise<WithValues> {
  const resolved = await resolveConnector(config, environment.providers, environment.hidden)
  if (resolved.hide === asItIs) return { resolved, environment }
  context.redact(resolved.hide)
  return { resolved, environment: { ...environment, logger: redactingLogger(environment.logger, resolved.hide) } }
}

/** The same for what runs: fails with `config.invalid` where a value cannot be had, and says in the log which variables have none. */
export async function requireValues(
  config: RawConfig,
  context: TaskContext,
  environment: ThreadEnvironment,
): Promise<WithValues> {
  const found = await withValues(config, context, environment)
  requireResolved(found.resolved)
  for (const { variable, reason } of found.resolved.left)
    found.environment.logger.log('warn', 'A variable has no value, and is left as it stands', {
      connector: config['name'],
      variable,
      reason,
    })
  return found
}

/** What keeps a configuration from being checked further: variables without values, and clients that cannot be made. */
export async function unresolved(
  { config, issues }: ResolvedConnector,
  { clientIssues, catalogue }: ThreadEnvironment,
): Promise<readonly ConfigIssue[]> {
  const found = findPlugin(catalogue, 'connector', config['connector.class'] ?? '')
  const kind = found.match === 'one' ? found.plugin.kind : undefined
  return issues.length > 0 || (kind !== 'source' && kind !== 'sink') ? issues : clientIssues(config, kind)
}
