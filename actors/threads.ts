import type { Hosting } from '../src/actor/hosting/types.js'
import type { ActorFactory } from '../src/actor/behavior.js'
import type { PluginCatalogue } from '../src/core/plugin-catalogue.js'
import type { OpenLogs } from './log.js'
import type { DescribedPlugins } from './plugins.js'
import type { Provided } from './provided.js'
import { untilAborted } from './until-aborted.js'

/** The task threads, and what plugins there are. */
export interface TaskThreads {
  readonly hosting: Hosting
  readonly catalogue: PluginCatalogue
}

export interface ThreadsParts {
  /** Makes the threads; each is connected to this log. */
  readonly openHosting: (log: OpenLogs, catalogue: PluginCatalogue) => Hosting
  readonly log: Provided<OpenLogs>
  readonly plugins: Provided<DescribedPlugins>
  readonly provided: Provided<TaskThreads>
}

/** Keeps the task threads. They hold connections to the log, so they are made anew with it. */
export function threads(parts: ThreadsParts): ActorFactory<never> {
  return context => {
    let hosting: Hosting | undefined
    return {
      async started() {
        const catalogue = await untilAborted(parts.plugins.get(), context.signal)
        hosting = parts.openHosting(parts.log.get(), catalogue)
        parts.provided.provide({ hosting, catalogue })
      },
      receive: message => message,
      async stopped() {
        parts.provided.withdraw()
        await hosting?.close()
      },
    }
  }
}
