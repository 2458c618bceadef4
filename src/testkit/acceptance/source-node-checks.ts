import assert from 'node:assert/strict'
import type { RawConfig } from '../../core/config/field.js'
import type { Value } from '../../core/value.js'
import { parseFields } from '../../core/config/parse.js'
import type { SourcePlugin } from '../../plugin/index.js'
import { canonical } from './canonical.js'
import type { Check } from './check.js'
import { assertHidden, secretsIn } from './declaration-checks.js'
import { faultKey } from './faults.js'
import { HandleWatch } from './handle-watch.js'
import { KeptLog } from './kept-log.js'
import { failsPlanning, startNeighbour } from './neighbour.js'
import { NodeBench } from './node-bench.js'
import type { SourceCase } from './source-checks.js'
import { CommittedOffsets, SourceRun } from './source-run.js'

const some = 12

/** The checks on a real node, in a real worker thread. `module` exports the plugin, built, by default. */
export function sourceNodeChecks(plugin: SourcePlugin, options: SourceCase, module: URL): Check[] {
  const check = (name: string, run: (bench: SourceNodeBench) => Promise<void>): Check => ({
    name,
    run: async () => {
      const node = await NodeBench.start(module, plugin.name, options.patienceMs)
      try {
        await run({ node, plugin, options })
      } finally {
        await node.end()
      }
    },
  })
  return [
    check('gives the same in a worker thread, also after a restart of its node', worksOnNode),
    check('fails with its stage where a hook throws, and harms no neighbour', failsAlone),
    ...(options.can.resume ? [check('loses and repeats nothing where a hook throws once, or is slow', heals)] : []),
  ]
}

interface SourceNodeBench {
  readonly node: NodeBench
  readonly plugin: SourcePlugin
  readonly options: SourceCase
}

async function worksOnNode({ node, plugin, options }: SourceNodeBench): Promise<void> {
  const raw = await options.config()
  const expected = await produced(options, raw)
  await node.collect('tested')
  await node.runSource('tested', raw)
  const first = partsOf(options, await node.untilArrived('tested', expected?.length ?? 1, plugin.name))
  await node.untilTask('tested', 'RUNNING')
  if (expected) assert.deepEqual(first.toSorted(), expected.toSorted(), 'What arrives is not what was produced.')
  assertHidden(secretsIn(plugin, raw), await node.said())
  await node.stop()
  if (!options.can.resume) return
  // While nothing runs, more is there to be read.
  expected?.push(...((await produced(options, raw)) ?? []))
  const before = await node.arrived('tested')
  await node.start()
  const all = await node.untilArrived('tested', expected?.length ?? before.length + some, plugin.name)
  assertOnce(plugin, raw, partsOf(options, all), expected ?? (await readHere(plugin, raw, all.length)))
}

/** What an uninterrupted run in this thread reads first. */
async function readHere(plugin: SourcePlugin, raw: RawConfig, count: number): Promise<string[]> {
  const handles = new HandleWatch()
  const run = await SourceRun.start(plugin, { raw, offsets: new CommittedOffsets(), log: new KeptLog(), handles })
  try {
    await run.read(count)
    return run.values.slice(0, count)
  } finally {
    await run.stop()
    handles.end()
  }
}

async function failsAlone({ node, plugin, options }: SourceNodeBench): Promise<void> {
  const beside = await startNeighbour(node)
  const raw = { ...(await options.config()), 'restart.policy': 'none' }
  await produced(options, raw)
  await node.runSource('broken-read', { ...raw, [faultKey]: 'read:throws' })
  const trace = await node.untilTask('broken-read', 'FAILED')
  assert.match(trace, /The acceptance suite broke read/)
  assert.match(trace, /TASK_POLL/, 'The trace does not say at which stage it failed.')
  if (plugin.tasks) await failsPlanning(node, await options.config())
  await beside.isUnharmed()
  assertHidden(secretsIn(plugin, raw), await node.said())
}

async function heals({ node, plugin, options }: SourceNodeBench): Promise<void> {
  const run = async (fault: string): Promise<void> => {
    const name = fault.replace(':', '-')
    const raw = await options.config()
    const expected = await produced(options, raw)
    await node.collect(name)
    await node.runSource(name, { ...raw, [faultKey]: fault })
    const arrived = await node.untilArrived(name, expected?.length ?? some, `${plugin.name} with ${fault}`)
    assertOnce(plugin, raw, partsOf(options, arrived), expected)
    await node.untilTask(name, 'RUNNING')
  }
  await Promise.all(['read:throws-once', 'read:slow', 'committed:throws', 'committed:slow'].map(run))
}

async function produced({ produce }: SourceCase, raw: RawConfig): Promise<string[] | undefined> {
  return produce && (await produce(raw, some)).map(canonical)
}

function partsOf({ part }: SourceCase, arrived: readonly string[]): readonly string[] {
  return part ? arrived.map(text => canonical(part(JSON.parse(text) as Value))) : arrived
}

/** The embedded log writes records and offsets in one step: what can be read exactly once must be. */
function assertOnce(
  plugin: SourcePlugin,
  raw: RawConfig,
  all: readonly string[],
  expected: readonly string[] | undefined,
): void {
  const config = parseFields(plugin.config, raw).values
  const exactlyOnce = plugin.exactlyOnce?.(config) ?? plugin.offsets !== undefined
  const came = exactlyOnce ? [...all] : [...new Set(all)]
  if (expected) assert.deepEqual(came.toSorted(), expected.toSorted(), 'What arrived in all is not what was produced.')
  else assert.equal(new Set(came).size, came.length, 'Records came twice.')
}
