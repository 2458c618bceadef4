import { hostname } from 'node:os'
import type { Field, OffsetMap, Schema, SourceContext, SourcePlugin, SourceRecord, Struct } from 'millrace/plugin'
import { describe, expect, test } from 'vitest'
import plugins from '../src/index.js'
import { measure } from '../src/measure.js'
import type { CpuTimes, NetworkCounters } from '../src/proc.js'
import type { Sample } from '../src/sample.js'
import { metrics, takeSample } from '../src/sample.js'

const source = plugins[0] as SourcePlugin

describe('two samples', () => {
  const times = (core: string, user: number, idle: number, iowait = 0): CpuTimes => {
    return { core, user, nice: 0, system: 0, idle, iowait, irq: 0, softirq: 0, steal: 0 }
  }
  const network: NetworkCounters = {
    interface: 'eth0',
    receivedBytes: 1_000,
    receivedPackets: 1,
    receiveErrors: 0,
    receiveDropped: 0,
    sentBytes: 500,
    sentPackets: 1,
    sendErrors: 0,
    sendDropped: 0,
  }
  const disk = { device: 'vda', reads: 1, readBytes: 512, writes: 2, writtenBytes: 1_024, busyMs: 100 }
  const values = (before: Sample | undefined, now: Sample): Record<string, Struct> =>
    Object.fromEntries(measure('h', before, now).map(({ name, value }) => [name, value]))

  test('give the share of time that each core was busy', () => {
    const before = { at: 0, cpu: [times('total', 100, 100), times('0', 10, 10)] }
    const now = { at: 1_000, cpu: [times('total', 130, 160, 10), times('0', 10, 10), times('1', 5, 5)] }
    const found = values(before, now)
    expect(Object.keys(found)).toEqual(['cpu/total'])
    expect(found['cpu/total']).toMatchObject({ host: 'h', core: 'total', usage: 30, user: 30, idle: 60, iowait: 10 })
  })

  test('give rates over the time between them, whatever it was', () => {
    const found = values(
      { at: 1_000, disk: [disk], network: [network] },
      {
        at: 3_000,
        disk: [{ ...disk, readBytes: 4_512, busyMs: 600 }],
        network: [{ ...network, receivedBytes: 2_000, sentBytes: 1_500 }],
      },
    )
    expect(found['disk/vda']).toMatchObject({ readBytesPerSecond: 2_000, writtenBytesPerSecond: 0, busy: 25 })
    expect(found['network/eth0']).toMatchObject({ receivedBytesPerSecond: 500, sentBytesPerSecond: 500 })
  })

  test('with a counter that began anew, or a device that is new, give no rate', () => {
    const now = { at: 2_000, disk: [disk], network: [network] }
    for (const before of [{ at: 1_000, network: [{ ...network, receivedBytes: 5_000 }] }, undefined]) {
      const found = values(before, now)
      expect(found['network/eth0']).toMatchObject({ receivedBytes: 1_000, receivedBytesPerSecond: null })
      expect(found['disk/vda']).toMatchObject({ reads: 1, readBytesPerSecond: null, busy: null })
    }
  })

  test('tell how full memory and file systems are', () => {
    const memory = { total: 100, free: 20, available: 60, buffers: null, cached: null, swapTotal: null, swapFree: null }
    const root = { device: 'd', mount: '/', type: 'ext4', size: 1_000, free: 300, available: 200 }
    const found = values(undefined, { at: 0, memory, filesystem: [root] })
    expect(found['memory']).toMatchObject({ used: 40, available: 60, swapTotal: null })
    expect(found['filesystem//']?.['usage']).toBeCloseTo((700 / 900) * 100)
  })
})

/** What is wrong with a value, field by field. */
function misfits({ fields = [] }: Schema, value: Struct): string[] {
  const types: Record<string, string> = { int32: 'number', int64: 'number', float64: 'number', string: 'string' }
  const wrong = ({ name, schema }: Field): boolean => {
    const found = value[name]
    if (found == null) return !schema.optional
    return typeof found !== types[schema.type] || (schema.type.startsWith('int') && !Number.isSafeInteger(found))
  }
  const unknown = Object.keys(value).filter(key => !fields.some(({ name }) => name === key))
  return [...fields.filter(wrong).map(({ name }) => name), ...unknown]
}

describe('this machine', () => {
  test('answers, in the shape of the schemas', async () => {
    const before = await takeSample(metrics)
    const busyUntil = performance.now() + 60
    while (performance.now() < busyUntil) Math.sqrt(Math.random())
    const found = measure('h', before, await takeSample(metrics))
    for (const { name, schema, value } of found) expect([name, misfits(schema, value)]).toEqual([name, []])
    const names = found.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['cpu/total', 'load', 'memory', 'filesystem//']))
    const total = found.find(({ name }) => name === 'cpu/total')?.value
    expect(total?.['usage']).toBeGreaterThan(0)
    expect(total?.['usage']).toBeLessThanOrEqual(100)
  })

  test('is measured at once and then at the interval, each thing under its own key', async () => {
    const abort = new AbortController()
    const context: Partial<SourceContext<unknown, unknown, OffsetMap, OffsetMap>> = {
      config: { topic: 't', 'interval.ms': 100, metrics: ['memory', 'load'] },
      signal: abort.signal,
      sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    }
    const batches: SourceRecord[][] = []
    const start = performance.now()
    for await (const batch of source.read(context as Parameters<SourcePlugin['read']>[0])) {
      batches.push(batch as SourceRecord[])
      if (batches.length === 3) abort.abort()
    }
    expect(performance.now() - start).toBeGreaterThanOrEqual(190)
    expect(batches.map(batch => batch.map(({ key }) => key))).toEqual(
      Array.from({ length: 3 }, () => [`${hostname()}/load`, `${hostname()}/memory`]),
    )
    expect(batches[0]?.[0]).toMatchObject({ topic: 't', valueSchema: { name: 'millrace.host.Load' } })
  })

  test('lets go of an idle source at once', async () => {
    const abort = new AbortController()
    const sleep = (): Promise<void> =>
      new Promise(resolve => abort.signal.addEventListener('abort', () => resolve(), { once: true }))
    const config = { topic: 't', 'interval.ms': 60_000, metrics: ['load'] }
    const context = { config, signal: abort.signal, sleep } as unknown as Parameters<SourcePlugin['read']>[0]
    const read = source.read(context)[Symbol.asyncIterator]()
    await read.next()
    const next = read.next()
    abort.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
