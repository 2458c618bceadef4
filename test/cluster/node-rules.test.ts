import { describe, expect, test } from 'vitest'
import { decideBy } from '../../src/cluster/decide.js'
import { fold } from '../../src/cluster/fold.js'
import { nodeRules, type NodeRules } from '../../src/cluster/node-rules.js'
import { observeBy } from '../../src/cluster/observe.js'
import type { Identity } from '../../src/cluster/self.js'
import { leaderKey } from '../../src/core/leader-fence.js'
import type { Process } from './simulation/process.js'
import { unrest } from './simulation/rest.js'
import { World } from './simulation/world.js'

/** Each rule's history ends well with the rule, and badly once it is taken out. */
function rule(name: string, without: Partial<NodeRules>, endsWell: (rules: NodeRules) => boolean): void {
  describe(`rule ${name}`, () => {
    test('the history ends well', () => {
      expect(endsWell(nodeRules)).toBe(true)
    })
    test('and badly without the rule', () => {
      expect(endsWell({ ...nodeRules, ...without })).toBe(false)
    })
  })
}

/** Nodes at rest, with one source of eight tasks. */
function atRest(rules: NodeRules, nodes: number, seed = 1, identity: Partial<Identity> = {}): World {
  const world = new World({ seed, protocol: { fold, observe: observeBy(rules), decide: decideBy(rules) }, identity })
  for (let at = 1; at <= nodes; at++) world.start(`n${at}`)
  world.wanted.put({ name: 'c', taskCount: 8, topics: [], partitions: 8, exactlyOnce: false })
  world.timeline.run(10_000, () => unrest(world) === undefined)
  expect(unrest(world)).toBeUndefined()
  return world
}

function leaderOf(world: World): Process {
  return world.live.find(process => process.state?.leader === process.self.id)!
}

function followerOf(world: World): Process {
  return world.live.find(process => process.state?.leader !== process.self.id)!
}

/** Ms until all is well again, at most `within`. */
function healing(world: World, within: number): number {
  const from = world.timeline.now
  world.timeline.run(from + within, () => unrest(world) === undefined)
  return unrest(world) === undefined ? world.timeline.now - from : Infinity
}

rule('R14: long heartbeats do not make log time crawl when few are left', { isQuiet: () => false }, rules => {
  const world = atRest(rules, 2, 1, { timers: { heartbeat: 3_000 } })
  world.kill(leaderOf(world))
  return healing(world, 120_000) < 30_000
})

rule('R15: death is seen when it is due, not at the next beat', { mayPoke: () => false }, rules => {
  const worst = Array.from({ length: 24 }, (_, seed) => {
    const world = atRest(rules, 2, seed)
    world.timeline.run(world.timeline.now + 100 * seed)
    world.kill(followerOf(world))
    return healing(world, 20_000)
  })
  return Math.max(...worst) < 3_750
})

rule('R16: a term is above all that the stores have seen', { nextTerm: state => state.term + 1 }, rules => {
  const world = new World({ seed: 1, protocol: { fold, observe: observeBy(rules), decide: decideBy(rules) } })
  // of a coordination topic that is gone
  world.config.land({ key: leaderKey, value: 41, mark: { term: 41, seq: 0, command: null } })
  world.start('n1')
  world.wanted.put({ name: 'c', taskCount: 8, topics: [], partitions: 8, exactlyOnce: false })
  world.timeline.run(10_000)
  return world.live[0]!.state!.term === 42
})

rule('R17: who is alive and always late gives its tasks up', { isLate: () => false }, rules => {
  const world = atRest(rules, 3)
  const slow = followerOf(world)
  slow.readDelay = 5_000
  world.timeline.run(world.timeline.now + 30_000)
  const running = new Set(world.runs.filter(run => run.active).map(run => run.own.task))
  return running.size === leaderOf(world).state!.tasks.size
})

rule('R18: a broker’s clock that runs fast does not outrun a lease', { isSafe: () => true }, rules => {
  const world = atRest(rules, 3)
  world.log.setClock(0, 2.5)
  world.timeline.run(world.timeline.now + 3_000)
  followerOf(world).cutUntil = Infinity
  world.timeline.run(world.timeline.now + 10_000)
  return world.violations.length === 0
})

rule(
  'R19: a lease counts from before its beat was sent',
  { leaseFrom: (_, ttl, now) => nodeRules.leaseFrom(now, ttl, now) },
  rules => {
    const world = atRest(rules, 3)
    const slow = followerOf(world)
    // it reads late what it has sent, and then can send no more
    slow.readDelay = 2_600
    world.timeline.run(world.timeline.now + 2_500)
    slow.writesLost = true
    world.timeline.run(world.timeline.now + 10_000)
    return world.violations.length === 0
  },
)

rule(
  'R20: a lease ends by the node’s own clock',
  { leaseFrom: () => ({ monotonic: Infinity, wall: Infinity }) },
  rules => {
    const world = atRest(rules, 3)
    followerOf(world).cutUntil = Infinity
    world.timeline.run(world.timeline.now + 10_000)
    return world.violations.length === 0
  },
)

test('a suspended machine’s lease is over when it wakes, though its monotonic clock stood still', () => {
  const world = atRest(nodeRules, 3)
  const suspended = followerOf(world)
  const tasks = suspended.self.tasks.size
  expect(tasks).toBeGreaterThan(0)
  suspended.suspend(9_000)
  world.timeline.run(world.timeline.now + 9_001)
  expect(suspended.held).toBe(false)
  expect(healing(world, 20_000)).toBeLessThan(8_000)
  expect(world.violations).toEqual([])
})

test('a pause shorter than the ttl moves no task, and one longer than the lease resumes where it was', () => {
  const world = atRest(nodeRules, 3)
  const { starts } = world
  followerOf(world).pausedUntil = world.timeline.now + 2_900
  world.timeline.run(world.timeline.now + 15_000)
  expect(unrest(world)).toBeUndefined()
  expect(world.starts).toBe(starts)
})

test('a broker that stands still for 30 s moves no task', () => {
  const world = atRest(nodeRules, 3)
  const { starts } = world
  world.log.stall(30_000)
  world.timeline.run(world.timeline.now + 30_001)
  expect(healing(world, 5_000)).toBeLessThan(1_500)
  expect(world.starts).toBe(starts)
})

test('nobody starts a task after it has sent its leave', () => {
  const world = atRest(nodeRules, 3)
  const leaving = followerOf(world)
  leaving.self.around.leaving = { back: 0 }
  const at = world.timeline.now
  world.timeline.run(at + 5_000, () => !leaving.alive)
  expect(leaving.alive).toBe(false)
  expect(healing(world, 3_000)).toBeLessThan(1_000)
})

test('two processes with one name: the older one goes', () => {
  const world = atRest(nodeRules, 2)
  const older = world.live[0]!
  const younger = world.start(older.name)
  world.timeline.run(world.timeline.now + 5_000)
  expect([older.alive, younger.alive]).toEqual([false, true])
  expect(unrest(world)).toBeUndefined()
})

test('a node of another cluster goes, and nobody else', () => {
  const world = atRest(nodeRules, 2)
  const other = world.start('other', { fingerprint: 'cafe' })
  world.timeline.run(world.timeline.now + 5_000)
  expect(other.alive).toBe(false)
  expect(unrest(world)).toBeUndefined()
})

test('a promise to be back is kept: the tasks wait for the name, and no others move', () => {
  const world = atRest(nodeRules, 3)
  const going = followerOf(world)
  const tasks = new Set(going.self.tasks.keys())
  const { starts } = world
  going.self.around.leaving = { back: 20_000 }
  world.timeline.run(world.timeline.now + 5_000)
  expect(going.alive).toBe(false)
  const back = world.start(going.name)
  world.timeline.run(world.timeline.now + 3_000)
  expect(new Set(back.self.tasks.keys())).toEqual(tasks)
  expect(world.starts).toBe(starts + tasks.size)
})

test('and where it is broken they go to others when the time is up', () => {
  const world = atRest(nodeRules, 3)
  followerOf(world).self.around.leaving = { back: 4_000 }
  world.timeline.run(world.timeline.now + 3_000)
  expect(unrest(world)).toMatch(/free|owners/)
  expect(healing(world, 5_000)).toBeLessThan(3_500)
})
