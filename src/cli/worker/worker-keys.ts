import type { ConfigIssue } from '../../core/error.js'
import { basicAuthExtension } from './access.js'

/** Keys that change nothing, and why. The first that fits counts. */
export type UnusedKeys = readonly (readonly [keys: RegExp, why: string])[]

/** What connectors inherit; the pipeline reads it. */
const inherited =
  /^(key|value|header)\.converter(\.|$)|^(producer|consumer|admin)\.(?!listeners)|^offset\.flush\.(interval|timeout)\.ms$|^topic\.(creation\.enable|tracking\.(enable|allow\.reset))$|^connector\.client\.config\.override\.(policy|allowlist)$/

/** In both modes. */
const unused: UnusedKeys = [
  [/^plugin\.discovery$/, 'It is about the JVM; plugins are known from their package.json.'],
  [/^metrics?\./, 'It is about the JVM; figures are served at /metrics.'],
  [
    /^(admin\.)?listeners\.https\./,
    "No listener acts upon it: none is https, or it tunes Java's TLS; Node's takes TLS 1.2 and 1.3.",
  ],
]

/** What tunes Java's Kafka client, its TLS included. */
export const clientTuning: UnusedKeys = [
  [
    /^(client\.dns\.lookup|socket\.connection\.setup\.timeout\.max\.ms|reconnect\.backoff\.(max\.)?ms|metadata\.(max\.age\.ms|recovery\..*)|connections\.max\.idle\.ms|(send|receive)\.buffer\.bytes|auto\.include\.jmx\.reporter|enable\.metrics\.push)$/,
    "It tunes Java's Kafka client; this one needs no such setting.",
  ],
  [
    /^(ssl\.(protocol|provider|enabled\.protocols|cipher\.suites|(key|trust)manager\.algorithm|secure\.random\.implementation|client\.auth)|sasl\.(kerberos|oauthbearer|login)\..*)$/,
    "It is about Java's TLS and log-in; Node's take TLS 1.2 and 1.3.",
  ],
]

/** Why a key of a worker file changes nothing here; undefined for what connectors inherit. `own` are those of the mode. */
export function unusedKey(key: string, own: UnusedKeys): string | undefined {
  if (inherited.test(key)) return undefined
  return [...unused, ...own].find(([keys]) => keys.test(key))?.[1] ?? 'No such key is known; it is ignored.'
}

interface Refusal {
  readonly message: string
  readonly hint: string
  /** A value with which the key is harmless. */
  readonly harmless?: (value: string) => boolean
}

const blank = (value: string): boolean => value.trim() === ''

/** What would be a different or a less safe node if it were ignored. */
const refused: Readonly<Record<string, Refusal>> = {
  'rest.extension.classes': {
    message: 'It names a Java class that is not known here; ignoring it could leave out who has to log in.',
    hint: `Remove it, or use ${basicAuthExtension}.`,
    harmless: value => value.split(',').every(name => blank(name) || name.trim() === basicAuthExtension),
  },
}

/** Why a key of a worker file cannot be accepted; undefined where it can. */
export function refusals(key: string, value: string): ConfigIssue | undefined {
  const refusal = Object.hasOwn(refused, key) ? refused[key] : undefined
  if (refusal === undefined || refusal.harmless?.(value)) return undefined
  return { key, message: refusal.message, hint: refusal.hint }
}
