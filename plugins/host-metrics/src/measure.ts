import { schema } from 'millrace/plugin'
import type { Schema, Struct } from 'millrace/plugin'
import type { CpuTimes } from './proc.js'
import type { Sample } from './sample.js'

/** One thing measured. `name` tells it from the others of its machine: `cpu/total`, `network/eth0`. */
export interface Measurement {
  readonly name: string
  readonly schema: Schema
  readonly value: Struct
}

const int64 = schema.int64()
const double = schema.float64()
const optionalInt64 = schema.int64({ optional: true })
const optionalDouble = schema.float64({ optional: true })
const text = schema.string()

const struct = (name: string, fields: Readonly<Record<string, Schema>>): Schema =>
  schema.struct({ host: text, ...fields }, { name: `millrace.host.${name}` })

const cpuParts = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const

const schemas = {
  cpu: struct('Cpu', { core: text, usage: double, ...Object.fromEntries(cpuParts.map(part => [part, double])) }),
  load: struct('Load', { load1: double, load5: double, load15: double, cores: schema.int32() }),
  memory: struct('Memory', {
    total: int64,
    used: int64,
    free: int64,
    available: int64,
    buffers: optionalInt64,
    cached: optionalInt64,
    swapTotal: optionalInt64,
    swapFree: optionalInt64,
  }),
  disk: struct('Disk', {
    device: text,
    reads: int64,
    readBytes: int64,
    writes: int64,
    writtenBytes: int64,
    readBytesPerSecond: optionalDouble,
    writtenBytesPerSecond: optionalDouble,
    busy: optionalDouble,
  }),
  filesystem: struct('FileSystem', {
    mount: text,
    device: text,
    type: text,
    size: int64,
    free: int64,
    available: int64,
    usage: double,
  }),
  network: struct('Network', {
    interface: text,
    receivedBytes: int64,
    receivedPackets: int64,
    receiveErrors: int64,
    receiveDropped: int64,
    sentBytes: int64,
    sentPackets: int64,
    sendErrors: int64,
    sendDropped: int64,
    receivedBytesPerSecond: optionalDouble,
    sentBytesPerSecond: optionalDouble,
  }),
} as const

/**
 * What two samples say together. Usage, `busy` and the parts of CPU time are percent; they and the rates are over the
 * time between the samples, so without an earlier one there is no CPU record, and rates are null.
 */
export function measure(host: string, before: Sample | undefined, now: Sample): Measurement[] {
  const found: Measurement[] = []
  const add = (metric: keyof typeof schemas, of: string | undefined, value: Struct): void => {
    const name = of === undefined ? metric : `${metric}/${of}`
    found.push({ name, schema: schemas[metric], value: { host, ...value } })
  }
  const ms = before ? now.at - before.at : 0

  for (const times of now.cpu ?? []) {
    const earlier = before?.cpu?.find(({ core }) => core === times.core)
    const shares = earlier && cpuShares(earlier, times)
    if (shares) add('cpu', times.core, shares)
  }
  if (now.load) add('load', undefined, { ...now.load })
  if (now.memory) add('memory', undefined, { ...now.memory, used: now.memory.total - now.memory.available })
  for (const disk of now.disk ?? []) {
    const earlier = before?.disk?.find(({ device }) => device === disk.device)
    const busyMs = growth(earlier?.busyMs, disk.busyMs)
    add('disk', disk.device, {
      device: disk.device,
      reads: disk.reads,
      readBytes: disk.readBytes,
      writes: disk.writes,
      writtenBytes: disk.writtenBytes,
      readBytesPerSecond: perSecond(growth(earlier?.readBytes, disk.readBytes), ms),
      writtenBytesPerSecond: perSecond(growth(earlier?.writtenBytes, disk.writtenBytes), ms),
      busy: busyMs === undefined || ms <= 0 ? null : Math.min(100, percent(busyMs, ms)),
    })
  }
  for (const fileSystem of now.filesystem ?? []) {
    const used = fileSystem.size - fileSystem.free
    // As df counts: what only root may use is neither used nor there.
    add('filesystem', fileSystem.mount, { ...fileSystem, usage: percent(used, used + fileSystem.available) })
  }
  for (const network of now.network ?? []) {
    const earlier = before?.network?.find(each => each.interface === network.interface)
    add('network', network.interface, {
      ...network,
      receivedBytesPerSecond: perSecond(growth(earlier?.receivedBytes, network.receivedBytes), ms),
      sentBytesPerSecond: perSecond(growth(earlier?.sentBytes, network.sentBytes), ms),
    })
  }
  return found
}

/** Undefined where no time has passed on the core. */
function cpuShares(before: CpuTimes, now: CpuTimes): Struct | undefined {
  // Idle time may run backwards by a tick when a core sleeps.
  const spent = cpuParts.map(part => Math.max(0, now[part] - before[part]))
  const all = spent.reduce((sum, ticks) => sum + ticks, 0)
  if (all === 0) return undefined
  const waiting = cpuParts.reduce((sum, part, index) => (isWaiting(part) ? sum + (spent[index] ?? 0) : sum), 0)
  const shares = cpuParts.map((part, index) => [part, percent(spent[index] ?? 0, all)] as const)
  return { core: now.core, usage: percent(all - waiting, all), ...Object.fromEntries(shares) }
}

const isWaiting = (part: (typeof cpuParts)[number]): boolean => part === 'idle' || part === 'iowait'

/** Undefined where there is nothing to compare with, or the counter began anew. */
function growth(before: number | undefined, now: number): number | undefined {
  return before === undefined || now < before ? undefined : now - before
}

function perSecond(amount: number | undefined, ms: number): number | null {
  return amount === undefined || ms <= 0 ? null : (amount / ms) * 1_000
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0
}
