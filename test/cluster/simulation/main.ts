import { parseArgs } from 'node:util'
import { Crowd } from './crowd.js'
import { run, type Outcome } from './scenario.js'

/**
 * `npm run simulate -- [--seeds COUNT] [--from SEED] | --seed SEED`: random histories of small clusters, in virtual time.
 * `npm run simulate -- --nodes COUNT [--crash COUNT]`: traffic and times of a large one, with ten tasks for each node.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    nodes: { type: 'string' },
    crash: { type: 'string', default: '1' },
  },
})

function report(outcome: Outcome): void {
  for (const violation of outcome.violations.slice(0, 5))
    console.log(`seed ${outcome.seed} (${outcome.profile}), ${violation}`)
  if (outcome.violations.length > 0) console.log(`replay: npm run simulate -- --seed ${outcome.seed}`)
}

if (values.nodes !== undefined) {
  const nodes = Number(values.nodes)
  console.log(Crowd.measure(nodes, nodes * 10, Number(values.crash)))
} else if (values.seed !== undefined) {
  const outcome = run(Number(values.seed))
  report(outcome)
  console.log(outcome)
  process.exitCode = outcome.violations.length > 0 ? 1 : 0
} else {
  const from = Number(values.from)
  const began = Date.now()
  const outcomes: Outcome[] = []
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    const outcome = run(seed)
    report(outcome)
    outcomes.push(outcome)
  }
  const bad = outcomes.filter(({ violations }) => violations.length > 0)
  const healed = outcomes.map(outcome => outcome.healed).toSorted((a, b) => a - b)
  const at = (part: number) => Math.round(healed[Math.min(healed.length - 1, Math.floor(healed.length * part))]!)
  const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0)
  console.log(`${outcomes.length} seeds, ${bad.length} with violations, ${((Date.now() - began) / 1_000).toFixed(1)} s`)
  console.log(`until well after the last fault, ms: median ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)}`)
  console.log(
    `offset writes ${sum(each => each.accepted)} accepted, ${sum(each => each.stale)} stale; ${sum(each => each.transactions)} transactions`,
  )
  process.exitCode = bad.length > 0 ? 1 : 0
}
