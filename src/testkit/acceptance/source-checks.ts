import assert from 'node:assert/strict'
import type { RawConfig } from '../../core/config/field.js'
import type { OffsetMap } from '../../core/offset.js'
import type { Value } from '../../core/value.js'
import { fits, type SourcePlugin } from '../../plugin/index.js'
import { canonical } from './canonical.js'
import { until, type Check } from './check.js'
import { assertHidden, declarationChecks, secretsIn } from './declaration-checks.js'
import { HandleWatch } from './handle-watch.js'
import { KeptLog } from './kept-log.js'
import { assertSameRecords } from './same-records.js'
import { CommittedOffsets, partitionText, SourceRun } from './source-run.js'

export interface SourceCase {
  /**
   * A configuration that works, as an operator writes it. Called anew for each check, and each time for an outside of its
   * own (a folder, a table); what a node needs besides (`connector.class`, …) is added.
   */
  readonly config: () => RawConfig | Promise<RawConfig>
  /**
   * Puts `count` more records into the outside system; returns the values that must arrive, in order. Without it the
   * source makes its records by itself, without end.
   */
  readonly produce?: (config: RawConfig, count: number) => readonly Value[] | Promise<readonly Value[]>
  /**
   * Of a value, what `produce` has returned for it; for sources whose records say more, such as when they were read. May be given parsed JSON.
   * Default: all of it.
   */
  readonly part?: (value: Value) => Value
  /** The longest wait for the outside system, in milliseconds. Default 20 seconds. */
  readonly patienceMs?: number
  readonly can: {
    /** Goes on where the committed offsets say. Without `produce`: with the records that an uninterrupted run reads. */
    readonly resume: boolean
    /** Waits at the end of its input for more. Otherwise it ends there. */
    readonly follow: boolean
  }
}

/** How many records a check moves. */
const some = 12
/** How long a source that has nothing to read is watched. Shorter than a poll of most, long enough for what is under way. */
const quietMs = 300
/** How long a source may take to notice that its input has ended. */
const endMs = 2_000

/** The checks that need no node: the suite drives the plugin itself, in this thread. */
export function sourceChecks(plugin: SourcePlugin, options: SourceCase): Check[] {
  const { can, produce } = options
  const check = (name: string, run: (bench: SourceBench) => Promise<void>): Check => ({
    name,
    run: async () => {
      const bench = await SourceBench.prepare(plugin, options)
      try {
        await run(bench)
      } finally {
        await bench.end()
      }
    },
  })
  const checks = [
    ...declarationChecks(plugin, options.config),
    check('reads what is there, once and in order, with offsets that fit', readsAll),
    check('stops in time while it has more to read, and leaves nothing open', stopsBusy),
    check('shows no secret in what it logs and throws', hidesSecrets),
  ]
  if (can.resume) {
    checks.push(
      check('goes on after what was committed, wherever that was', resumesAnywhere),
      check('reads again what was read and not committed', readsAgain),
    )
  }
  if (produce && can.follow)
    checks.push(
      check('waits quietly at the end of the input, and reads what comes then', followsInput),
      check('stops in time while it waits, and leaves nothing open', stopsIdle),
    )
  if (produce && !can.follow) checks.push(check('ends at the end of the input, and leaves nothing open', endsByItself))
  return checks
}

/** One outside, one connector's offsets, and every opening of the source on them. */
class SourceBench {
  readonly expected: string[] = []
  readonly offsets = new CommittedOffsets()
  readonly log = new KeptLog()
  readonly handles = new HandleWatch()
  readonly #runs: SourceRun[] = []

  private constructor(
    readonly plugin: SourcePlugin,
    readonly options: SourceCase,
    readonly raw: RawConfig,
  ) {}

  /** With `some` records in the outside system. */
  static async prepare(plugin: SourcePlugin, options: SourceCase): Promise<SourceBench> {
    const bench = new SourceBench(plugin, options, await options.config())
    await bench.more()
    return bench
  }

  async more(): Promise<void> {
    const { produce } = this.options
    if (produce) {
      for (const value of await produce(this.raw, some)) this.expected.push(canonical(value))
      return
    }
    // A source that makes its records by itself is held to what it made the first time.
    const run = await this.open(new CommittedOffsets())
    await run.read(some)
    await run.stop()
    this.expected.push(...run.values.slice(0, some))
  }

  async open(offsets = this.offsets): Promise<SourceRun> {
    const run = await SourceRun.start(this.plugin, {
      raw: this.raw,
      offsets,
      log: this.log,
      handles: this.handles,
      patienceMs: this.options.patienceMs,
      part: this.options.part,
    })
    this.#runs.push(run)
    return run
  }

  /** The first records of a run, as many as are expected. */
  async readExpected(run: SourceRun): Promise<void> {
    await run.read(this.expected.length)
  }

  async nothingOpen(): Promise<void> {
    await until(
      1_000,
      () => `it to close what it holds: ${this.handles.open.join(', ')}`,
      () => this.handles.open.length === 0,
    )
  }

  async end(): Promise<void> {
    for (const run of this.#runs) await run.stop().catch(() => undefined)
    this.handles.end()
  }
}

async function readsAll(bench: SourceBench): Promise<void> {
  const { plugin, expected, options } = bench
  const run = await bench.open()
  await bench.readExpected(run)
  if (options.produce) assertSameRecords(run.entries, expected)
  checkOffsets(plugin, run)
  await run.stop()
}

/** JSON-safe, as declared, and never again one that was left behind. */
function checkOffsets(plugin: SourcePlugin, { entries }: SourceRun): void {
  const seen = new Map<string, { readonly last: string; readonly all: Set<string> }>()
  for (const { partition, offset } of entries) {
    assert.equal(partition === undefined, offset === undefined, 'Partition and offset come together.')
    if (!plugin.offsets) assert.equal(offset, undefined, 'Offsets come, and `offsets` declares none.')
    if (!partition || !offset || !plugin.offsets) continue
    for (const [what, shape, value] of [
      ['partition', plugin.offsets.partition, partition],
      ['offset', plugin.offsets.offset, offset],
    ] as const) {
      assert.deepEqual(fits(shape, value), [], `A ${what} does not fit its declared shape.`)
      assert.deepEqual(jsonAgain(value), value, `A ${what} does not survive JSON.`)
    }
    const key = partitionText(partition)
    const text = canonical(offset)
    const before = seen.get(key)
    if (before?.last === text) continue
    assert.ok(!before?.all.has(text), `The offset ${text} comes again after others: a commit would go back.`)
    seen.set(key, { last: text, all: (before?.all ?? new Set()).add(text) })
  }
}

/** Integers beyond 2^53 are kept exactly by the runtime. */
function jsonAgain(map: OffsetMap): unknown {
  const small = Object.entries(map).filter(([, value]) => typeof value !== 'bigint')
  const large = Object.entries(map).filter(([, value]) => typeof value === 'bigint')
  return { ...(JSON.parse(JSON.stringify(Object.fromEntries(small))) as object), ...Object.fromEntries(large) }
}

async function resumesAnywhere(bench: SourceBench): Promise<void> {
  for (const count of [1, Math.floor(some / 2), some - 1]) {
    const offsets = new CommittedOffsets()
    const first = await bench.open(offsets)
    await first.read(count)
    await first.commit(count)
    await first.stop()
    const committed = first.values.slice(0, count)
    const second = await bench.open(offsets)
    await second.read(some - count)
    await second.stop()
    assertUnion(bench, committed, second, `after a commit of ${count} of ${some}`)
  }
}

/** What was read beyond the commit comes again: a record is the source's until it is committed, whatever came behind it. */
async function readsAgain(bench: SourceBench): Promise<void> {
  for (const committed of [0, Math.floor(some / 3)]) {
    const offsets = new CommittedOffsets()
    const first = await bench.open(offsets)
    await first.read(some)
    // All were acknowledged but the one behind `committed`: the commit ends before that hole (I1).
    await first.commit(committed)
    await first.stop()
    const second = await bench.open(offsets)
    await second.read(some - committed)
    await second.stop()
    const before = first.values.slice(0, committed)
    assertUnion(bench, before, second, `where ${committed} of ${some} that were read are committed`)
  }
}

function assertUnion(bench: SourceBench, before: readonly string[], run: SourceRun, when: string): void {
  const rest = without(bench.expected, before)
  const came = bench.options.produce ? run.values : run.values.slice(0, rest.length)
  assert.deepEqual(came.toSorted(), rest.toSorted(), `What comes ${when} is not what was not committed.`)
}

function without(all: readonly string[], some: readonly string[]): string[] {
  const left = [...all]
  for (const value of some) left.splice(left.indexOf(value), 1)
  return left
}

async function followsInput(bench: SourceBench): Promise<void> {
  const run = await bench.open()
  await bench.readExpected(run)
  assert.equal(await run.pullFor(quietMs), 'quiet', 'It does not wait at the end of its input.')
  await bench.more()
  await bench.readExpected(run)
  assertSameRecords(run.entries, bench.expected)
  await run.stop()
}

async function stopsIdle(bench: SourceBench): Promise<void> {
  const run = await bench.open()
  await bench.readExpected(run)
  assert.equal(await run.pullFor(quietMs), 'quiet', 'It does not wait at the end of its input.')
  await run.stop()
  await bench.nothingOpen()
}

async function stopsBusy(bench: SourceBench): Promise<void> {
  const run = await bench.open()
  await run.read(1)
  await run.stop()
  await bench.nothingOpen()
}

async function endsByItself(bench: SourceBench): Promise<void> {
  const run = await bench.open()
  await bench.readExpected(run)
  assert.equal(await run.pullFor(endMs), 'ended', 'It does not end at the end of its input.')
  assertSameRecords(run.entries, bench.expected)
  await run.stop()
  await bench.nothingOpen()
}

async function hidesSecrets(bench: SourceBench): Promise<void> {
  const run = await bench.open()
  await bench.readExpected(run)
  await run.stop()
  assertHidden(secretsIn(bench.plugin, bench.raw), bench.log.lines)
}
