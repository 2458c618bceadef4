import { ConfigError, MillraceError, type ConfigIssue, type Disposition } from '../../core/error.js'
import type { Stage } from '../../core/stage.js'

type Primitive = string | number | bigint | boolean | null

/**
 * A thrown value on its way between threads. Structured clone, comlink and piscina each drop an error's `code`, own
 * fields, `cause` or class; this keeps them, and always clones. Of own fields it keeps primitives: clients hang
 * sockets, requests and credentials on their errors, and none of that may travel (I8).
 */
export type WireError =
  | { readonly kind: 'value'; readonly value: Primitive | undefined }
  | {
      readonly kind: 'error'
      readonly name: string
      readonly message: string
      readonly stack: string
      readonly fields: Readonly<Record<string, Primitive>>
      /** Absent: it has none. A cause may be `undefined` or no error at all. */
      readonly cause?: WireError
      /** Those of an AggregateError; Node's own, of a refused connection, has no message besides. */
      readonly errors?: readonly WireError[]
      readonly issues?: readonly ConfigIssue[]
    }

const depthMax = 8
const errorsMax = 32
const textMax = 64 * 1024
const fieldsMax = 64
/** What has its own place on the wire, and what would disturb the rebuilt error. */
const ownPlace = new Set(['name', 'message', 'stack', 'cause', 'errors', 'issues', '__proto__', 'constructor'])

/** Takes out of a text what must not leave the thread (I8). */
export type Redact = (text: string) => string

/** Never throws, whatever was thrown: getters that throw, cycles and proxies included. */
export function toWire(thrown: unknown, redact: Redact = text => text): WireError {
  return encode(thrown, 0, redact)
}

function encode(thrown: unknown, depth: number, redact: Redact): WireError {
  if (thrown === undefined || isPrimitive(thrown)) return { kind: 'value', value: clip(thrown, redact) }
  if (typeof thrown === 'symbol') return { kind: 'value', value: redact(String(thrown)) }
  const from: object = thrown
  const cause = depth < depthMax && has(from, 'cause') ? encode(read(from, 'cause'), depth + 1, redact) : undefined
  const errors = depth < depthMax ? read(from, 'errors') : undefined
  const issues = read(from, 'issues')
  return {
    kind: 'error',
    name: text(read(from, 'name'), 'Error', redact),
    message: text(read(from, 'message'), 'A value that is no error was thrown.', redact),
    stack: text(read(from, 'stack'), '', redact),
    fields: primitiveFields(from, redact),
    ...(cause !== undefined && { cause }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, errorsMax).map(each => encode(each, depth + 1, redact)) }),
    ...(Array.isArray(issues) && { issues: issues.flatMap(issue => wireIssue(issue, redact)) }),
  }
}

/** The error again: a `MillraceError` or `ConfigError` where it was one, else an `Error` with its name and fields. */
export function fromWire(wire: WireError): unknown {
  if (wire.kind === 'value') return wire.value
  const { code, disposition } = wire.fields
  const cause = wire.cause && { cause: fromWire(wire.cause) }
  let error: Error
  if (wire.issues !== undefined && code === 'config.invalid') error = new ConfigError(wire.issues)
  else if (typeof code === 'string' && isDisposition(disposition))
    error = new MillraceError(code, wire.message, { ...details(wire.fields), disposition })
  else if (wire.errors !== undefined) error = new AggregateError(wire.errors.map(fromWire), wire.message)
  else error = new Error(wire.message)
  // Own fields of whatever kind, with the attributes that the engine gives its own.
  for (const [key, value] of Object.entries(wire.fields)) put(error, key, value, true)
  if (cause) put(error, 'cause', cause.cause, false)
  if (wire.issues !== undefined && !(error instanceof ConfigError)) put(error, 'issues', wire.issues, true)
  put(error, 'message', wire.message, false)
  if (error.name !== wire.name) put(error, 'name', wire.name, false)
  put(error, 'stack', wire.stack === '' ? `${wire.name}: ${wire.message}` : wire.stack, false)
  return error
}

function put(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true })
}

function details(fields: Readonly<Record<string, Primitive>>) {
  const { hint, key, file, line, stage, retryAfterMs } = fields
  return {
    ...(typeof hint === 'string' && { hint }),
    ...(typeof key === 'string' && { key }),
    ...(typeof file === 'string' && { file }),
    ...(typeof line === 'number' && { line }),
    ...(typeof stage === 'string' && { stage: stage as Stage }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  }
}

function isDisposition(value: unknown): value is Disposition {
  return value === 'retry' || value === 'reject' || value === 'fatal'
}

function wireIssue(issue: unknown, redact: Redact): ConfigIssue[] {
  if (typeof issue !== 'object' || issue === null) return []
  const fields = primitiveFields(issue, redact, new Set())
  const { key, message, hint, file, line } = fields
  return [
    {
      key: typeof key === 'string' ? key : '',
      message: typeof message === 'string' ? message : '',
      ...(typeof hint === 'string' && { hint }),
      ...(typeof file === 'string' && { file }),
      ...(typeof line === 'number' && { line }),
    },
  ]
}

/** What programs go by; a secret that equals one of these words stands there for nobody to see. */
const words = new Set(['code', 'disposition', 'stage', 'key'])

function primitiveFields(
  from: object,
  redact: Redact,
  except: ReadonlySet<string> = ownPlace,
): Record<string, Primitive> {
  const fields: Record<string, Primitive> = {}
  for (const key of keysOf(from)) {
    if (except.has(key) || Object.keys(fields).length >= fieldsMax) continue
    const value = read(from, key)
    if (isPrimitive(value)) fields[key] = words.has(key) ? clip(value) : clip(value, redact)
  }
  // Some errors (DOMException, undici's) have `code` as a getter of their class.
  const code = read(from, 'code')
  if (!('code' in fields) && isPrimitive(code)) fields['code'] = clip(code)
  return fields
}

function isPrimitive(value: unknown): value is Primitive {
  return value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

/** Redacted first: a text that is cut off may end within a secret. */
function clip<T>(value: T, redact?: Redact): T | string {
  if (typeof value !== 'string') return value
  const shown = redact?.(value) ?? value
  return shown.length > textMax ? `${shown.slice(0, textMax)}…` : shown
}

function text(value: unknown, otherwise: string, redact: Redact): string {
  return typeof value === 'string' ? clip<string>(value, redact) : otherwise
}

function keysOf(from: object): string[] {
  try {
    return Object.keys(from)
  } catch {
    return []
  }
}

function has(from: object, key: string): boolean {
  try {
    return Object.hasOwn(from, key)
  } catch {
    return false
  }
}

function read(from: object, key: string): unknown {
  try {
    return (from as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}
