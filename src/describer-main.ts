import type { DescribeInit } from '../actors/thread/messages.js'
import { hostThread } from './actor/hosting/host-thread.js'
import { describePlugins } from './adapters/node/plugin-modules.js'
import { resolveKit } from './adapters/node/resolve-kit.js'
import { MillraceError } from './core/error.js'

/** What the thread is given when it starts. */
export interface DescriberSetup {
  /** Whether there are plugins in folders from where `millrace/plugin` is not found. */
  readonly resolveKit: boolean
}

/** The root of the thread that plugins are described in. It does nothing else, so it loads nothing else and needs no log. */
export default hostThread(setup => {
  if ((setup as DescriberSetup).resolveKit) resolveKit(new URL('./kit-hooks.js', import.meta.url))
  return {
    start: () => Promise.reject(new MillraceError('thread.not_loaded', 'No task runs where plugins are described.')),
    call: init => describePlugins([(init as DescribeInit).module]),
  }
})
