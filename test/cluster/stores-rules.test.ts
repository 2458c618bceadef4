import { expect, test } from 'vitest'
import { TaskFence, type FencedRecord, type FencedTask, type Verdict } from '../../src/core/fence.js'
import { LeaderFence } from '../../src/core/leader-fence.js'
import type { LeaderMark, TaskMark } from '../../src/core/record-mark.js'
import { calm } from './simulation/coordination-log.js'
import { run } from './simulation/scenario.js'
import { World } from './simulation/world.js'

/** Runs while rules of the stores are out of force, everywhere. */
function suspended<Target extends object, Found>(rules: Target, without: Partial<Target>, found: () => Found): Found {
  const originals = Object.fromEntries(Object.keys(without).map(name => [name, rules[name as keyof Target]]))
  Object.assign(rules, without)
  try {
    return found()
  } finally {
    Object.assign(rules, originals)
  }
}

function violations<Target extends object>(rules: Target, without: Partial<Target>, seeds: number): string[] {
  const all = () => Array.from({ length: seeds }, (_, seed) => run(seed + 1).violations).flat()
  return suspended(rules, without, all)
}

const { judge, raise } = TaskFence.prototype
const { judge: judgeLeader } = LeaderFence.prototype

test('R23, R24: without the order of marks offsets go back', () => {
  const without = {
    judge(this: TaskFence, record: FencedRecord): Verdict {
      judge.call(this, record)
      return 'accepted'
    },
  }
  expect(violations(TaskFence.prototype, without, 8).some(what => /I2|I4/.test(what))).toBe(true)
})

/** A source moves from node to node while many of its commits are slow. */
function slowCommits(): string[] {
  const world = new World({ seed: 1 })
  for (let at = 1; at <= 2; at++) world.start(`n${at}`)
  world.wanted.put({ name: 'c', taskCount: 4, topics: [], partitions: 4, exactlyOnce: false })
  world.timeline.run(5_000)
  Object.assign(world.offsets, { trouble: (fence: boolean) => (fence ? calm : { ...calm, late: 0.9 }) })
  for (let move = 0; move < 8; move++) {
    world.timeline.run(world.timeline.now + 6_000)
    world.kill(world.chance.pick(world.live))
    world.start(`m${move}`)
    world.wanted.put({ ...world.wanted.connectors[0]!, taskCount: 2 + (move % 3) })
  }
  world.timeline.run(world.timeline.now + 30_000)
  return world.violations
}

test('R25: without floors a former owner’s late commit counts, and the offset goes back', () => {
  expect(slowCommits()).toEqual([])
  const without = {
    raise(this: TaskFence, partition: number, connector: string, mark: TaskMark, task: FencedTask): Verdict {
      // the floor is raised for nobody
      return raise.call(this, partition, `nobody instead of ${connector}`, mark, task)
    },
    floor: () => undefined,
  }
  const found = suspended(TaskFence.prototype, without, slowCommits)
  expect(found.some(what => what.includes('I2'))).toBe(true)
})

test('R28: without the order of terms what a deposed leader writes counts', () => {
  const without = {
    judge(this: LeaderFence, key: string, mark: LeaderMark | undefined): Verdict {
      return judgeLeader.call(this, key, mark) === 'repeated' ? 'repeated' : 'accepted'
    },
  }
  expect(violations(LeaderFence.prototype, without, 12).some(what => /was \d+, and|applied/.test(what))).toBe(true)
})

test('R30: without the ids of commands one is applied twice', () => {
  const found = violations(LeaderFence.prototype, { knows: () => false }, 30)
  expect(found.some(what => what.includes('was applied'))).toBe(true)
})
