import { createRequire } from 'node:module'
import { MillraceError } from '../core/error.js'

const require = createRequire(import.meta.url)

/**
 * Loads a package with a native addon at its first use: a thread that never sees its compression pays nothing, and a
 * platform without a prebuilt addon lacks this one compression only (`codec.compression_unavailable`).
 */
export function nativePackage(name: string): () => unknown {
  let loaded: unknown
  return () => {
    try {
      loaded ??= require(name)
    } catch (error) {
      throw new MillraceError('codec.compression_unavailable', `The package ${name} cannot be loaded here.`, {
        hint: `Install ${name} for ${process.platform} ${process.arch}, or choose another compression.`,
        cause: error,
      })
    }
    return loaded
  }
}
