import type { ProcessSettings } from './cli/worker/process-fields.js'
import type { HiddenValue } from './core/config/hidden.js'
import type { CommonOptions } from './node-options.js'

/** What a worker file says of its process, for the node. */
export function processOptions(settings: ProcessSettings, hidden: readonly HiddenValue[]): CommonOptions {
  return {
    providers: settings.providers,
    hidden,
    listen: settings.listeners,
    ...(settings.readonlyListeners.length > 0 && { readonlyListen: settings.readonlyListeners }),
    ...(settings.adminListeners && { adminListen: settings.adminListeners }),
    http: settings.http,
    ...(settings.users && { users: settings.users }),
    advertised: settings.advertised,
    gracefulMs: settings.gracefulMs,
    log: 1,
  }
}

/** What connectors inherit of it, and where plugins are. */
export function workerKeys(
  settings: ProcessSettings & { readonly worker: Readonly<Record<string, string>> },
): Readonly<Record<string, string>> {
  const { worker, pluginPath } = settings
  return { ...worker, ...(pluginPath.length > 0 && { 'plugin.path': pluginPath.join(',') }) }
}
