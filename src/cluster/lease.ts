import type { Action, Self } from './self.js'

/** Where it has changed since the actor was last told. */
export function tellLease(self: Self): Action[] {
  const { lease, leaseTold } = self
  if (lease.monotonic === leaseTold.monotonic && lease.wall === leaseTold.wall) return []
  self.leaseTold = lease
  return [{ type: 'lease', lease }]
}
