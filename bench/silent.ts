import type { Logger } from '../src/ports/logger.js'

/** What a bench prints is its figures. */
export const silent: Logger = { log: () => undefined, child: () => silent }
