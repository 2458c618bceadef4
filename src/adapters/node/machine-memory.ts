import { totalmem } from 'node:os'

/** The memory that this process may use at most, bytes: its container's, where that is less than the machine's. */
export function machineMemoryBytes(): number {
  const constrained = process.constrainedMemory()
  // 0: not known; without a limit, cgroups tell a number that no machine has.
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}
