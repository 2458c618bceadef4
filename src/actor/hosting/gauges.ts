/**
 * What a thread shows to the main thread without its cooperation, in shared memory: it is readable while the thread's
 * loop stands, and after the thread has died. One writer, the thread; a reader may see a value one step old.
 */
export interface Gauges {
  readonly memory: SharedArrayBuffer
  /** Grows by one each time the pulse timer gets its turn. */
  pulse: number
  /** The number of the task whose code runs, or ran last; 0: none's. */
  holder: number
  /** V8's used heap and what it keeps outside, Buffers included; bytes. */
  usedBytes: number
  /** The same right after a full collection, since garbage is nobody's fault; 0 until the limit is crossed. */
  floorBytes: number
  /** Processor time of the thread, ms (`threadCpuMs`). */
  cpuMs: number
  /** Who has allocated most of late, while memory was short; 0: not known. */
  topAllocator: number
}

const words = { pulse: 0, holder: 1, topAllocator: 2 } as const
const doublesOf = { used: 2, floor: 3, cpu: 4 } as const

export function createGauges(memory = new SharedArrayBuffer(40)): Gauges {
  const ints = new Int32Array(memory)
  const doubles = new Float64Array(memory)
  return {
    memory,
    get pulse() {
      return ints[words.pulse]!
    },
    set pulse(value) {
      ints[words.pulse] = value
    },
    get holder() {
      return ints[words.holder]!
    },
    set holder(value) {
      ints[words.holder] = value
    },
    get topAllocator() {
      return ints[words.topAllocator]!
    },
    set topAllocator(value) {
      ints[words.topAllocator] = value
    },
    get usedBytes() {
      return doubles[doublesOf.used]!
    },
    set usedBytes(value) {
      doubles[doublesOf.used] = value
    },
    get floorBytes() {
      return doubles[doublesOf.floor]!
    },
    set floorBytes(value) {
      doubles[doublesOf.floor] = value
    },
    get cpuMs() {
      return doubles[doublesOf.cpu]!
    },
    set cpuMs(value) {
      doubles[doublesOf.cpu] = value
    },
  }
}
