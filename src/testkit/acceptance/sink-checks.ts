import assert from 'node:assert/strict'
import type { RawConfig } from '../../core/config/field.js'
import type { Schema } from '../../core/schema.js'
import type { Value } from '../../core/value.js'
import type { SinkPlugin } from '../../plugin/index.js'
import { canonical } from './canonical.js'
import { until, type Check } from './check.js'
import { assertHidden, declarationChecks, secretsIn } from './declaration-checks.js'
import { HandleWatch } from './handle-watch.js'
import { KeptLog } from './kept-log.js'
import { SinkRun, SinkTopic } from './sink-run.js'

export interface SinkCase {
  /**
   * A configuration that works, as an operator writes it. Called anew for each check, and each time for an outside of its
   * own (a folder, a table); what a node needs besides (`connector.class`, `topics`, …) is added.
   */
  readonly config: () => RawConfig | Promise<RawConfig>
  /** All values that the outside system holds now, in its order where it has one. */
  readonly read: (config: RawConfig) => readonly Value[] | Promise<readonly Value[]>
  /** The value of the record number `index`, different for each: what JSON has. Default: the text `record <index>`. */
  readonly value?: (index: number) => Value
  /** What describes those values; absent: they have no schema. */
  readonly valueSchema?: Schema
  /** A value that this sink sets aside by `reject`, where there is one. */
  readonly rejects?: Value
  /** The longest wait for the outside system, in milliseconds. Default 20 seconds. */
  readonly patienceMs?: number
  readonly can: {
    /** What was put and not committed when the task failed is not in the outside system twice after it came again. */
    readonly exactlyOnce: boolean
    /** What it writes keeps the order of a partition. */
    readonly order: boolean
  }
}

const some = 12
/** One call with more records than a small buffer holds. */
const many = 500

export const valueOf = (options: SinkCase, index: number): Value => options.value?.(index) ?? `record ${index}`

/** The checks that need no node: the suite drives the plugin itself, in this thread. */
export function sinkChecks(plugin: SinkPlugin, options: SinkCase): Check[] {
  const check = (name: string, run: (bench: SinkBench) => Promise<void>): Check => ({
    name,
    run: async () => {
      const bench = new SinkBench(plugin, options, await options.config())
      try {
        await run(bench)
      } finally {
        await bench.end()
      }
    },
  })
  return [
    ...declarationChecks(plugin, options.config),
    check('opens, flushes and closes where no record comes', takesNothing),
    check('has written what a commit covers, one record or many', writesBeforeCommit),
    check('goes on after its commit with the notes it left', resumes),
    check('takes the same records again after a failure', takesAgain),
    check('closes in time, and leaves nothing open', closes),
    check('shows no secret in what it logs', hidesSecrets),
    ...(options.rejects === undefined
      ? []
      : [check('keeps the rest of a batch of which it rejects a record', rejectsOne)]),
  ]
}

class SinkBench {
  readonly topic = new SinkTopic()
  readonly log = new KeptLog()
  readonly handles = new HandleWatch()
  readonly #runs: SinkRun[] = []
  #made = 0

  constructor(
    readonly plugin: SinkPlugin,
    readonly options: SinkCase,
    readonly raw: RawConfig,
  ) {}

  more(count: number): void {
    this.topic.add(Array.from({ length: count }, () => valueOf(this.options, this.#made++)))
  }

  async open(): Promise<SinkRun> {
    const { raw, topic, log, handles } = this
    const { patienceMs, valueSchema } = this.options
    const run = await SinkRun.start(this.plugin, { raw, topic, log, handles, patienceMs, valueSchema })
    this.#runs.push(run)
    return run
  }

  async outside(): Promise<string[]> {
    return (await this.options.read(this.raw)).map(canonical)
  }

  /** Every value of `values` is outside; where `once`, no other and none twice. */
  async holds(values: readonly Value[], when: string, once: boolean): Promise<void> {
    const outside = await this.outside()
    const wanted = values.map(canonical)
    const lost = wanted.filter(value => !outside.includes(value))
    assert.deepEqual(lost, [], `These records are lost ${when}.`)
    const strangers = outside.filter(value => !wanted.includes(value))
    assert.deepEqual(strangers, [], `The outside holds what was not written ${when}.`)
    if (once) assert.deepEqual(outside.toSorted(), wanted.toSorted(), `Records are there twice ${when}.`)
    if (this.options.can.order)
      for (const partition of this.topic.partitions) assertOrder(outside, partition.map(canonical))
  }

  get all(): Value[] {
    return this.topic.partitions.flat()
  }

  async end(): Promise<void> {
    for (const run of this.#runs) await run.crash().catch(() => undefined)
    this.handles.end()
  }
}

/** First arrivals; what came again may stand behind. */
function assertOrder(outside: readonly string[], partition: readonly string[]): void {
  const first = [...new Set(outside)].filter(value => partition.includes(value))
  assert.deepEqual(first, partition.slice(0, first.length), 'It does not keep the order of a partition.')
}

async function takesNothing(bench: SinkBench): Promise<void> {
  const run = await bench.open()
  await run.commit()
  await run.stop()
  await bench.holds([], 'where none came', true)
}

/** A commit says that the outside holds the records before it (I1): read while the task is still open. */
async function writesBeforeCommit(bench: SinkBench): Promise<void> {
  const run = await bench.open()
  for (const [count, size] of [
    [1, 1],
    [some, 5],
    [many, many],
  ] as const) {
    bench.more(count)
    await run.deliverAll(size)
    await run.commit()
    const outside = new Set(await bench.outside())
    const lost = bench.topic.committed.map(canonical).filter(value => !outside.has(value))
    assert.deepEqual(lost, [], 'These records are committed, and not in the outside system.')
  }
  await run.stop()
  assert.equal(bench.topic.committed.length, bench.all.length, 'It stopped without committing all that was put.')
  await bench.holds(bench.all, 'after all', true)
}

async function resumes(bench: SinkBench): Promise<void> {
  for (let run = 1; run <= 3; run++) {
    bench.more(some)
    const task = await bench.open()
    await task.deliverAll(5)
    await task.stop()
  }
  await bench.holds(bench.all, 'after three runs', true)
}

async function takesAgain(bench: SinkBench): Promise<void> {
  bench.more(some)
  const first = await bench.open()
  await first.deliverAll(4)
  await first.commit()
  bench.more(some)
  await first.deliver(some)
  await first.crash() // Put, neither flushed nor committed.
  const second = await bench.open()
  await second.deliverAll(some)
  await second.stop()
  await bench.holds(bench.all, 'after a failure between put and commit', bench.options.can.exactlyOnce)
}

async function closes(bench: SinkBench): Promise<void> {
  bench.more(some)
  const run = await bench.open()
  await run.deliver(some)
  await run.stop()
  const failed = await bench.open()
  await failed.crash()
  const { handles } = bench
  await until(
    1_000,
    () => `it to close what it holds: ${handles.open.join(', ')}`,
    () => handles.open.length === 0,
  )
}

async function hidesSecrets(bench: SinkBench): Promise<void> {
  bench.more(some)
  const run = await bench.open()
  await run.deliverAll(some)
  await run.stop()
  assertHidden(secretsIn(bench.plugin, bench.raw), bench.log.lines)
}

async function rejectsOne(bench: SinkBench): Promise<void> {
  const { rejects } = bench.options
  bench.more(2)
  bench.topic.add([rejects!, rejects!])
  bench.more(2)
  const run = await bench.open()
  await run.deliverAll(some)
  await run.stop()
  const bad = canonical(rejects)
  assert.deepEqual(run.rejected.map(canonical), [bad, bad], 'It rejects other records than the bad ones.')
  const kept = bench.all.filter(value => canonical(value) !== bad)
  const outside = await bench.outside()
  assert.deepEqual(outside.toSorted(), kept.map(canonical).toSorted(), 'The rest of the batch is not there once.')
}
