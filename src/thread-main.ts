import { hostThread } from './actor/hosting/host-thread.js'
import { threadCode } from '../actors/thread/thread-code.js'
import { openThread, type ThreadSetup } from './thread-environment.js'

/** The root of a task thread. */
export default hostThread(async setup => threadCode(await openThread(setup as ThreadSetup)))
