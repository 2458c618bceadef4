import { rejected, retry } from 'millrace/plugin'
import type { MillraceError } from 'millrace/plugin'

/**
 * What goes wrong with a registry, by whose fault. What lies at the registry, at the network or at the log-in is never the
 * record's: it is `retry`, so that no healthy record is skipped or dead-lettered for it.
 */

export function registryAway(reason: string, cause?: unknown): MillraceError {
  return retry(`The schema registry cannot be reached: ${reason}.`, {
    code: 'schema_registry.away',
    hint: 'See that it runs, and that schema.registry.url names it.',
    cause,
  })
}

export function registryFailed(status: number, message: string): MillraceError {
  return retry(`The schema registry failed with ${status}: ${message}`, {
    code: 'schema_registry.failed',
    hint: 'Look into the log of the registry.',
  })
}

export function logInRefused(status: number): MillraceError {
  return retry(
    status === 401
      ? 'The schema registry does not accept the log-in, or got none.'
      : 'The schema registry does not let this user do that.',
    {
      code: 'schema_registry.log_in_refused',
      hint: 'Set basic.auth.credentials.source and basic.auth.user.info, or bearer.auth.*, to a user who may.',
    },
  )
}

/** It answers, but is no registry: a proxy's page, another service, a wrong path. */
export function notARegistry(address: string, detail: string): MillraceError {
  return retry(`What answers at ${address} is no schema registry: ${detail}.`, {
    code: 'schema_registry.foreign',
    hint: 'Set schema.registry.url to the address below which /subjects and /schemas stand.',
  })
}

export function schemaUnknown(what: string, message: string): MillraceError {
  return rejected(`The schema registry does not know ${what}: ${message}`, { code: 'schema_registry.schema_unknown' })
}

export function schemaIncompatible(subject: string, message: string): MillraceError {
  return rejected(`The schema does not fit what subject ${subject} has: ${message}`, {
    code: 'schema_registry.schema_incompatible',
    hint: 'Change the schema so that it fits, or the compatibility level of the subject.',
  })
}

export function schemaRefused(subject: string, message: string): MillraceError {
  return rejected(`The schema registry refuses the schema for subject ${subject}: ${message}`, {
    code: 'schema_registry.schema_refused',
  })
}

/** A schema that came from the registry and cannot be worked with here. */
export function schemaUnusable(message: string, cause?: unknown): MillraceError {
  return rejected(message, { code: 'schema_registry.schema_unusable', cause })
}

/** Bytes that do not begin as the converters write them. */
export function notFramed(message: string): MillraceError {
  return rejected(message, {
    code: 'schema_registry.not_framed',
    hint: 'Use the converter by which the topic was written.',
  })
}

/** Data that does not fit its schema, or has no form in the format. */
export function dataInvalid(message: string, cause?: unknown): MillraceError {
  return rejected(message, { code: 'data.value_invalid', cause })
}
