export { createHosting, createInlineHosting, type HostingOptions, type InlineHostingOptions } from './create-hosting.js'
export { defaultLimits, threadMemoryMax, type HostingLimits } from './limits.js'
export { spawnThread, type SpawnedThread, type ThreadExit, type ThreadSpawn } from './spawn-thread.js'
export type {
  CallSpec,
  Channel,
  Hosted,
  HostedTask,
  Hosting,
  HostSpec,
  Remote,
  StopLadder,
  StopOutcome,
  TaskContext,
  ThreadCode,
  ThreadSetup,
  ThreadSnapshot,
} from './types.js'
export { threadCpuSource } from './thread-cpu.js'
export { fromWire, toWire, type Redact, type WireError } from './wire.js'
