import { readFile, readdir, statfs } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, loadavg, platform, totalmem } from 'node:os'
import { errorCode } from 'millrace/plugin'
import { parseCpuTimes, parseDisks, parseMemory, parseMounts, parseNetwork } from './proc.js'
import type { CpuTimes, DiskCounters, Memory, Mount, NetworkCounters } from './proc.js'

export const metrics = ['cpu', 'load', 'memory', 'disk', 'filesystem', 'network'] as const
export type Metric = (typeof metrics)[number]

export interface Load {
  readonly load1: number
  readonly load5: number
  readonly load15: number
  readonly cores: number
}

export interface FileSystem extends Mount {
  readonly size: number
  readonly free: number
  /** Free to others than root. */
  readonly available: number
}

/** What the machine said at one moment; what was not asked for, or is not known here, is absent. */
export interface Sample {
  /** Monotonic, ms. */
  readonly at: number
  readonly cpu?: readonly CpuTimes[]
  readonly load?: Load
  readonly memory?: Memory
  readonly disk?: readonly DiskCounters[]
  readonly filesystem?: readonly FileSystem[]
  readonly network?: readonly NetworkCounters[]
}

const readers: { readonly [M in Metric]: () => Promise<Sample[M]> } = {
  cpu: async () => {
    const text = await readIfThere('/proc/stat')
    return text === undefined ? nodeCpuTimes() : parseCpuTimes(text)
  },
  load: async () => {
    const [load1 = 0, load5 = 0, load15 = 0] = loadavg()
    return platform() === 'win32' ? undefined : { load1, load5, load15, cores: availableParallelism() }
  },
  memory: async () => parseMemory((await readIfThere('/proc/meminfo')) ?? '') ?? nodeMemory(),
  disk: async () => {
    const text = await readIfThere('/proc/diskstats')
    return text === undefined ? undefined : wholeDisks(parseDisks(text))
  },
  filesystem: async () => {
    const text = await readIfThere('/proc/self/mounts')
    const root = { device: '', mount: platform() === 'win32' ? 'C:\\' : '/', type: '' }
    return Promise.all((text === undefined ? [root] : parseMounts(text)).map(fileSystem)).then(all => all.flat())
  },
  network: async () => {
    const text = await readIfThere('/proc/net/dev')
    return text === undefined ? undefined : parseNetwork(text)
  },
}

export async function takeSample(wanted: readonly Metric[]): Promise<Sample> {
  const parts = await Promise.all(wanted.map(async metric => [metric, await readers[metric]()] as const))
  const known = parts.filter(([, value]) => value !== undefined)
  return { at: performance.now(), ...(Object.fromEntries(known) as Omit<Sample, 'at'>) }
}

/** Undefined where the system has no such file, or does not show it. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errorCode(error))) return undefined
    throw error
  }
}

/** Not their partitions, which would be counted twice. */
async function wholeDisks(disks: readonly DiskCounters[]): Promise<readonly DiskCounters[]> {
  const names = await readdir('/sys/block').catch(() => undefined)
  return names ? disks.filter(({ device }) => names.includes(device.replaceAll('/', '!'))) : disks
}

/** A mount that went away, or may not be looked at, is left out. */
async function fileSystem(mount: Mount): Promise<FileSystem[]> {
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(mount.mount)
    return [{ ...mount, size: bsize * blocks, free: bsize * bfree, available: bsize * bavail }]
  } catch {
    return []
  }
}

function nodeCpuTimes(): CpuTimes[] {
  const cores = cpus().map(({ times: { user, nice, sys: system, idle, irq } }, core): CpuTimes => {
    return { core: String(core), user, nice, system, idle, iowait: 0, irq, softirq: 0, steal: 0 }
  })
  const sum = (part: 'user' | 'nice' | 'system' | 'idle' | 'irq'): number =>
    cores.reduce((total, times) => total + times[part], 0)
  return [
    {
      core: 'total',
      user: sum('user'),
      nice: sum('nice'),
      system: sum('system'),
      idle: sum('idle'),
      iowait: 0,
      irq: sum('irq'),
      softirq: 0,
      steal: 0,
    },
    ...cores,
  ]
}

function nodeMemory(): Memory {
  const free = freemem()
  return { total: totalmem(), free, available: free, buffers: null, cached: null, swapTotal: null, swapFree: null }
}
