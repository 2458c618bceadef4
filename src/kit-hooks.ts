import type { ResolveHook } from 'node:module'
import { errorCode } from './core/error.js'

/** A hook of Node's module loader, registered by `resolveKit` in the loader's own thread. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return await next(specifier, context)
  } catch (error) {
    const ours = specifier === 'millrace' || specifier.startsWith('millrace/')
    if (!ours || errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    return next(specifier, { ...context, parentURL: import.meta.url })
  }
}
