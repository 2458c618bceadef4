import type { ActorFactory } from '../src/actor/behavior.js'
import type { Hosting } from '../src/actor/hosting/types.js'
import type { PluginCatalogue, PluginPlaces } from '../src/core/plugin-catalogue.js'
import type { Logger } from '../src/ports/logger.js'
import { describePlaces } from './describe-places.js'
import type { Provided } from './provided.js'

/** What plugins there are, as soon as that is known. */
export type DescribedPlugins = Promise<PluginCatalogue>

export interface PluginsParts {
  /** Makes the thread that plugins not known yet are imported in to be described; it ends then, and takes all their code with it. */
  readonly openDescriber: () => Hosting
  /** Where plugins are. */
  readonly places: PluginPlaces
  /** How long a plugin module may take to load, ms. */
  readonly describeMs: number
  readonly provided: Provided<DescribedPlugins>
  readonly logger: Logger
}

/** Learns what plugins there are, once, while its siblings start: describing them needs no log. */
export function plugins(parts: PluginsParts): ActorFactory<never> {
  return context => {
    let describer: Hosting | undefined
    const describe = async (): Promise<PluginCatalogue> => {
      try {
        return await describePlaces(parts.places, () => (describer ??= parts.openDescriber()), parts, context.signal)
      } finally {
        await describer?.close()
      }
    }
    return {
      started() {
        const described = describe()
        // What a plugin does wrong is in the catalogue; this is what we did wrong, or the stop.
        described.catch(error => context.fail(error))
        parts.provided.provide(described)
      },
      receive: message => message,
      async stopped() {
        parts.provided.withdraw()
        await describer?.close()
      },
    }
  }
}
