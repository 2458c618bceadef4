import { isAbsolute } from 'node:path'
import { field, type ConfigFields, type ConfigOf, type RawConfig } from '../../core/config/field.js'
import type { ListenerTls } from '../../core/api/listener-tls.js'
import type { User } from '../../core/api/users.js'
import type { ProviderSettings } from '../../core/config/provider-settings.js'
import type { ConfigIssue } from '../../core/error.js'
import { accessFields, readAccess } from './access.js'
import { restFields, restSettings, type Listener, type RestSettings } from './rest-fields.js'
import type { ProcessChecks, ReadListenerTls } from './worker-checks.js'

/** The keys of a worker file that are about the process, in both modes; those about connectors stand in the pipeline's `workerFields`. */
export const processFields = {
  ...restFields,
  ...accessFields,
  'task.shutdown.graceful.timeout.ms': field.long({
    doc: 'How long tasks may take to finish what they have begun when the node stops, ms.',
    default: 5_000,
    min: 0,
    max: 3_600_000,
  }),
  'plugin.path': field.list({
    doc: 'Folders and packages with plugins, comma-separated.',
    default: [],
    check: paths => (paths.every(isAbsolute) ? undefined : 'Every path must be absolute'),
  }),
} as const satisfies ConfigFields

/** What a worker file says of the process that runs it. */
export interface ProcessSettings extends RestSettings {
  readonly listeners: readonly SecureListener[]
  readonly readonlyListeners: readonly SecureListener[]
  readonly adminListeners: readonly SecureListener[] | undefined
  readonly gracefulMs: number
  /** `config.providers`, for the variables of connectors. */
  readonly providers: readonly ProviderSettings[]
  readonly pluginPath: readonly string[]
  /** Who may log in; absent: nobody has to. */
  readonly users?: readonly User[]
}

/** A place to listen, with TLS where it is https. */
export interface SecureListener {
  readonly host: string
  readonly port: number
  readonly tls?: ListenerTls
}

export interface ReadProcess {
  /** To be used only where `issues` is empty. */
  readonly settings: Omit<ProcessSettings, 'providers'>
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
  /** Whether an https listener acts upon this key. */
  readonly isTlsKey: (key: string) => boolean
}

/** `standing` is where the REST API listens when the file does not say. Files that the values name are read. */
export function readProcess(
  raw: RawConfig,
  values: ConfigOf<typeof processFields>,
  standing: Listener,
  checks: ProcessChecks,
): ReadProcess {
  const access = readAccess(values, checks.readFile)
  const rest = restSettings(values, standing)
  const tlsOf = (listeners: readonly Listener[], prefix: string): ReadListenerTls | undefined =>
    listeners.some(({ https }) => https) ? checks.listenerTls(raw, prefix, checks.readFile) : undefined
  const main = tlsOf([...rest.listeners, ...rest.readonlyListeners], 'listeners.https.')
  const admin = tlsOf(rest.adminListeners ?? [], 'admin.listeners.https.')
  const tlsIssues = [...(main?.issues ?? []), ...(admin?.issues ?? [])]
  return {
    // What both take from the same keys is wrong once.
    issues: [
      ...access.issues,
      ...tlsIssues.filter(
        ({ key, message }, at) => at === tlsIssues.findIndex(issue => issue.key === key && issue.message === message),
      ),
    ],
    warnings: access.warnings,
    isTlsKey: key => (main?.isUsed(key) ?? false) || (admin?.isUsed(key) ?? false),
    settings: {
      ...rest,
      listeners: secured(rest.listeners, main),
      readonlyListeners: secured(rest.readonlyListeners, main),
      adminListeners: rest.adminListeners && secured(rest.adminListeners, admin),
      gracefulMs: values['task.shutdown.graceful.timeout.ms'],
      pluginPath: values['plugin.path'],
      ...(access.users && { users: access.users }),
    },
  }
}

function secured(listeners: readonly Listener[], read: ReadListenerTls | undefined): readonly SecureListener[] {
  return listeners.map(({ host, port, https }) => ({ host, port, ...(https && read && { tls: read.tls }) }))
}
