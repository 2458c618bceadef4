import assert from 'node:assert/strict'
import type { Value } from '../../core/value.js'
import type { SinkPlugin } from '../../plugin/index.js'
import { canonical } from './canonical.js'
import { until, type Check } from './check.js'
import { assertHidden, secretsIn } from './declaration-checks.js'
import { faultKey } from './faults.js'
import { failsPlanning, startNeighbour } from './neighbour.js'
import { NodeBench } from './node-bench.js'
import { valueOf, type SinkCase } from './sink-checks.js'

const some = 12
const patienceMs = 30_000

/** The stage at which Connect's status and dead letters show a failure of each hook. */
const stageOf = { open: 'TASK_START', put: 'TASK_PUT', flush: 'TASK_FLUSH' } as const

/** The checks on a real node, in a real worker thread. `module` exports the plugin, built, by default. */
export function sinkNodeChecks(plugin: SinkPlugin, options: SinkCase, module: URL): Check[] {
  const check = (name: string, run: (bench: SinkNodeBench) => Promise<void>): Check => ({
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
    check('loses nothing where a hook throws once, or is slow', heals),
  ]
}

interface SinkNodeBench {
  readonly node: NodeBench
  readonly plugin: SinkPlugin
  readonly options: SinkCase
}

async function worksOnNode({ node, plugin, options }: SinkNodeBench): Promise<void> {
  const raw = await options.config()
  await node.feed('records', values(options, 0), options.valueSchema)
  await node.run('tested', { ...raw, topics: 'records,more' })
  await holds(options, raw, values(options, 0), true)
  assertHidden(secretsIn(plugin, raw), await node.said())
  await node.stop()
  await node.start()
  await node.feed('more', values(options, some), options.valueSchema)
  await node.untilTask('tested', 'RUNNING')
  // What was committed when the node stopped does not come again.
  await holds(options, raw, [...values(options, 0), ...values(options, some)], true)
}

async function failsAlone({ node, plugin, options }: SinkNodeBench): Promise<void> {
  const beside = await startNeighbour(node)
  await node.feed('records', values(options, 0), options.valueSchema)
  const fail = async (hook: keyof typeof stageOf): Promise<void> => {
    const config = { ...(await options.config()), topics: 'records', 'restart.policy': 'none' }
    await node.run(`broken-${hook}`, { ...config, [faultKey]: `${hook}:throws` })
    const trace = await node.untilTask(`broken-${hook}`, 'FAILED')
    assert.match(trace, new RegExp(`The acceptance suite broke ${hook}`))
    assert.match(trace, new RegExp(stageOf[hook]), 'The trace does not say at which stage it failed.')
    assertHidden(secretsIn(plugin, config), await node.said())
  }
  await Promise.all([fail('open'), fail('put'), fail('flush')])
  if (plugin.tasks) await failsPlanning(node, await options.config())
  await beside.isUnharmed()
}

async function heals({ node, options }: SinkNodeBench): Promise<void> {
  await node.feed('records', values(options, 0), options.valueSchema)
  const run = async (fault: string): Promise<void> => {
    const raw = await options.config()
    const name = fault.replace(':', '-')
    await node.run(name, { ...raw, topics: 'records', [faultKey]: fault })
    await holds(options, raw, values(options, 0), options.can.exactlyOnce)
    await node.untilTask(name, 'RUNNING')
  }
  const faults = [
    'open:throws-once',
    'put:throws-once',
    'flush:throws-once',
    'put:slow',
    'flush:slow',
    'committable:slow',
  ]
  await Promise.all(faults.map(run))
}

function values(options: SinkCase, from: number): Value[] {
  return Array.from({ length: some }, (_, index) => valueOf(options, from + index))
}

/** Waits until every value is outside; where `once`, none may be there twice. */
async function holds(
  options: SinkCase,
  raw: Awaited<ReturnType<SinkCase['config']>>,
  wanted: readonly Value[],
  once: boolean,
): Promise<void> {
  const expected = wanted.map(canonical)
  let outside: string[] = []
  await until(
    options.patienceMs ?? patienceMs,
    () => `all records to be in the outside system, which holds ${outside.length}: ${outside.slice(-3).join(' ')}`,
    async () => {
      outside = (await options.read(raw)).map(canonical)
      return expected.every(value => outside.includes(value))
    },
  )
  assert.deepEqual((once ? outside : [...new Set(outside)]).toSorted(), expected.toSorted())
}
