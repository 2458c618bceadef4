/** Reads the texts of Linux's /proc (proc(5)). Lines that are not understood are left out. */

/** One core's time since the machine started, in whatever unit; `total` is all cores together. */
export interface CpuTimes {
  readonly core: string
  readonly user: number
  readonly nice: number
  readonly system: number
  readonly idle: number
  readonly iowait: number
  readonly irq: number
  readonly softirq: number
  readonly steal: number
}

/** Bytes. What a system does not tell is null. */
export interface Memory {
  readonly total: number
  readonly free: number
  readonly available: number
  readonly buffers: number | null
  readonly cached: number | null
  readonly swapTotal: number | null
  readonly swapFree: number | null
}

/** Counted since the machine started. */
export interface DiskCounters {
  readonly device: string
  readonly reads: number
  readonly readBytes: number
  readonly writes: number
  readonly writtenBytes: number
  /** Time during which something was under way. */
  readonly busyMs: number
}

/** Counted since the interface came up. */
export interface NetworkCounters {
  readonly interface: string
  readonly receivedBytes: number
  readonly receivedPackets: number
  readonly receiveErrors: number
  readonly receiveDropped: number
  readonly sentBytes: number
  readonly sentPackets: number
  readonly sendErrors: number
  readonly sendDropped: number
}

export interface Mount {
  readonly device: string
  readonly mount: string
  readonly type: string
}

/** `/proc/stat`. */
export function parseCpuTimes(text: string): CpuTimes[] {
  return text.split('\n').flatMap(line => {
    const [, core, numbers] = /^cpu(\d*)\s+(\d[\d\s]*)$/.exec(line) ?? []
    if (core === undefined || numbers === undefined) return []
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = numbersOf(numbers)
    return [{ core: core || 'total', user, nice, system, idle, iowait, irq, softirq, steal }]
  })
}

/** `/proc/meminfo`; undefined where it does not even say how much there is. */
export function parseMemory(text: string): Memory | undefined {
  const bytes = new Map(
    Array.from(text.matchAll(/^([\w()]+):\s+(\d+) kB$/gm), ([, name, kB]) => [name, Number(kB) * 1_024] as const),
  )
  const of = (name: string): number | null => bytes.get(name) ?? null
  const [total, free] = [of('MemTotal'), of('MemFree')]
  if (total === null || free === null) return undefined
  const [buffers, cached] = [of('Buffers'), of('Cached')]
  return {
    total,
    free,
    // Kernels before 3.14 do not say.
    available: of('MemAvailable') ?? free + (buffers ?? 0) + (cached ?? 0),
    buffers,
    cached,
    swapTotal: of('SwapTotal'),
    swapFree: of('SwapFree'),
  }
}

/** `/proc/diskstats`; devices that were never used are left out. Its sectors have 512 bytes whatever the disk. */
export function parseDisks(text: string): DiskCounters[] {
  return text.split('\n').flatMap(line => {
    const [, , device, ...rest] = line.trim().split(/\s+/)
    const [reads = 0, , sectorsRead = 0, , writes = 0, , sectorsWritten = 0, , , busyMs = 0] = rest.map(Number)
    if (!device || !(reads + writes > 0)) return []
    return [{ device, reads, readBytes: sectorsRead * 512, writes, writtenBytes: sectorsWritten * 512, busyMs }]
  })
}

/** `/proc/net/dev`. */
export function parseNetwork(text: string): NetworkCounters[] {
  return text.split('\n').flatMap(line => {
    const [, name, numbers] = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line) ?? []
    if (!name || !numbers) return []
    const [receivedBytes = 0, receivedPackets = 0, receiveErrors = 0, receiveDropped = 0, , , , , ...sent] =
      numbersOf(numbers)
    const [sentBytes = 0, sentPackets = 0, sendErrors = 0, sendDropped = 0] = sent
    return [
      {
        interface: name,
        receivedBytes,
        receivedPackets,
        receiveErrors,
        receiveDropped,
        sentBytes,
        sentPackets,
        sendErrors,
        sendDropped,
      },
    ]
  })
}

const localTypes = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'jfs', 'reiserfs', 'bcachefs'])
const foreignTypes = new Set(['vfat', 'exfat', 'ntfs', 'ntfs3', 'fuseblk', 'apfs', 'hfsplus'])

/**
 * `/proc/self/mounts`: file systems on disks of this machine, and the root whatever it is; each device once. Not those
 * of other machines, which do not answer when the network is down, nor images, which are always full.
 */
export function parseMounts(text: string): Mount[] {
  const mounts = new Map<string, Mount>()
  for (const line of text.split('\n')) {
    const [device, mount, type] = line.split(' ').map(unescape)
    if (!device || !mount || !type) continue
    const local = localTypes.has(type) || foreignTypes.has(type)
    if ((local || mount === '/') && !mounts.has(device)) mounts.set(device, { device, mount, type })
  }
  return [...mounts.values()]
}

/** Blanks and backslashes stand there in octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(parseInt(octal, 8)))
}

function numbersOf(text: string): number[] {
  return text.trim().split(/\s+/).map(Number)
}
