import { register } from 'node:module'

/**
 * Lets modules of this thread import `millrace/plugin` from anywhere, so that a plugin may be a folder without
 * node_modules. What resolves by itself is left alone. Call it before any plugin is imported; `hooks` is the module
 * `kit-hooks`, as it stands beside the root of the thread.
 */
export function resolveKit(hooks: URL): void {
  register(hooks)
}
