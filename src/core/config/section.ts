import type { ConfigIssue } from '../error.js'
import type { Embedding } from './config-def.js'
import type { ConfigFields, ConfigOf, RawConfig } from './field.js'
import { parseFields } from './parse.js'

/** Declared keys at their place in a configuration, with what the configuration says. */
export interface ConfigSection<F extends ConfigFields = ConfigFields> extends Embedding {
  readonly fields: F
  /** By declared key, without the prefix; see `ParsedFields`. */
  readonly values: ConfigOf<F>
  readonly issues: readonly ConfigIssue[]
}

export function parseSection<F extends ConfigFields>(
  fields: F,
  raw: RawConfig,
  embedding: Embedding = { prefix: '' },
): ConfigSection<F> {
  return { ...embedding, fields, ...parseFields(fields, raw, embedding.prefix, embedding.told) }
}
