import { describe, expect, test } from 'vitest'
import { foldBy, type Fold } from '../../src/cluster/fold.js'
import { foldRules, type FoldRules } from '../../src/cluster/fold-rules.js'
import { addMember } from '../../src/cluster/fold-members.js'
import type { Member } from '../../src/cluster/state.js'
import { History } from './history.js'

/** Each rule's history ends well with the rule, and badly once it is taken out. */
function rule(name: string, without: Partial<FoldRules>, endsWell: (fold: Fold) => boolean): void {
  describe(`rule ${name}`, () => {
    test('the history ends well', () => {
      expect(endsWell(foldBy(foldRules))).toBe(true)
    })
    test('and badly without the rule', () => {
      expect(endsWell(foldBy({ ...foldRules, ...without }))).toBe(false)
    })
  })
}

rule('R1: a broker that stood still for 30 s kills nobody', { elapsed: gap => gap, grace: () => 0 }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.beat(a, { after: 30_000 })
  return history.alive(b)
})

rule('R1: a clock that jumps back and forth neither kills nor stops time', { elapsed: gap => gap }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.beat(a, { after: -3_600_000 })
  const { time } = history.state
  history.beat(a, { after: 500 })
  return history.alive(b) && history.state.time - time === 500 && time >= 0
})

rule('R1: the promise of a node that will be back does not run out in a stall', { elapsed: gap => gap }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  history.grant(history.key(-1), b)
  history.add({ type: 'leave', member: b, back: 20_000 })
  history.beat(a, { after: 30_000 })
  return history.task(-1).hold!.until > history.state.time + 15_000
})

rule('R2: after a stall nobody dies before it had time to be heard', { grace: () => 0 }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  // b's deadline is near when the broker stops; a's beats come first afterwards
  history.beats([a], 3_000)
  history.beat(a, { after: 20_000 })
  history.beat(a)
  history.beats([a], 1_000)
  return history.alive(b) && history.beat(b)
})

rule('R2: grace ends, and then the dead are removed', { grace: () => Infinity }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.beat(a, { after: 20_000 })
  history.beats([a], 16_000)
  return !history.alive(b)
})

rule('R3: a late duplicate of a join makes no second member', { joinIsKnown: () => false }, fold => {
  const history = new History(fold)
  history.join('a')
  history.join('a', { ready: false })
  return history.state.members.size === 1
})

rule('R4: who returns under its name need not wait for the grace to end', { supersedes: () => false }, fold => {
  const history = new History(fold)
  const old = history.join('a')
  const b = history.join('b')
  history.claim(b)
  history.define(0)
  history.grant(history.key(-1), old)
  history.beat(b, { after: 8_000 })
  const young = history.join('a', { incarnation: 'a-2' })
  history.beats([b, young], 4_000)
  return !history.alive(old) && history.task(-1).owner === 0
})

rule(
  'R4: the late duplicate of a dead process’s join does not supersede its successor',
  // as if the join itself did it
  {
    joinIsKnown: (state, event) => {
      if (foldRules.joinIsKnown(state, event)) return true
      for (const member of state.members.values()) if (member.node === event.node) member.superseded = true
      return false
    },
  },
  fold => {
    const history = new History(fold)
    const old = history.join('a')
    history.add({ type: 'leave', member: old, back: 0 })
    const successor = history.join('a', { incarnation: 'a-2' })
    history.join('a', { incarnation: 'a-1', ready: false })
    return !history.state.members.get(successor)!.superseded
  },
)

{
  const graves = new Map<number, Member>()
  rule(
    'R5: the beat of a dead incarnation does not revive it',
    {
      renewedBy: (state, event) => {
        const member = state.members.get(event.member) ?? graves.get(event.member)
        if (member && !state.members.has(member.id)) addMember(state, member)
        if (member) graves.set(member.id, member)
        return member
      },
    },
    fold => {
      graves.clear()
      const history = new History(fold)
      const [a, b] = [history.join('a'), history.join('b')]
      history.beats([a], 5_000)
      history.beat(b)
      return !history.alive(b)
    },
  )
}

rule('R6: a beat that announces a shorter ttl does not bring death forward', { ttlAfter: (_, ttl) => ttl }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b', { ttl: 14_000 })]
  history.claim(a)
  history.define(0)
  history.grant(history.key(-1), b)
  history.beat(b, { ttl: 14_000 })
  history.beat(b, { ttl: 3_500 })
  history.beats([a], 15_000)
  // the leader's stopwatch must wait for the longest lease that was ever given
  return history.task(-1).lost!.ttl === 14_000
})

rule('R7: a claim does not depose a live leader', { mayClaim: (state, { term }) => term > state.term }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.claim(b)
  return history.state.leader === a && history.state.term === 1
})

rule('R8: what a deposed leader assigns is void', { fromLeader: () => true }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  history.add({ type: 'leave', member: a, back: 0 })
  history.claim(b)
  return !history.grant(history.key(-1), b, { term: 1, member: a })
})

rule('R9: an assign that comes twice, or was decided on an older state, is void', { inSequence: () => true }, fold => {
  const history = new History(fold)
  const a = history.join('a')
  history.claim(a)
  history.define(0)
  const key = history.key(-1)
  history.grant(key, a)
  const { epoch, version } = { epoch: history.task(-1).epoch, version: history.state.version }
  history.assign([{ op: 'move', task: key, next: 0, epoch }])
  history.add({ type: 'released', member: a, tasks: [{ task: key, epoch }] })
  // the first grant once more, late
  return !history.grant(key, a, { version })
})

rule('R10: an owned task is not granted', { mayGrant: () => true }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  history.grant(history.key(-1), a)
  history.grant(history.key(-1), b)
  return history.task(-1).owner === a
})

rule('R10: a move names the epoch that it ends', { mayMove: () => true }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  const key = history.key(-1)
  history.grant(key, a)
  history.assign([{ op: 'move', task: key, next: b, epoch: { term: 0, offset: 0 } }])
  return !history.task(-1).revoking
})

rule('R11: who has never been heard is given nothing', { mayOwn: member => member !== undefined }, fold => {
  const history = new History(fold)
  const a = history.join('a')
  history.claim(a)
  history.define(0)
  const ghost = history.join('ghost', { ready: false })
  history.grant(history.key(-1), ghost)
  return history.task(-1).owner === 0
})

rule('R11: nor is a successor that is gone', { mayOwn: () => true }, fold => {
  const history = new History(fold)
  const [a, b] = [history.join('a'), history.join('b')]
  history.claim(a)
  history.define(0)
  const key = history.key(-1)
  history.grant(key, a)
  const { epoch } = history.task(-1)
  history.assign([{ op: 'move', task: key, next: b, epoch }])
  history.add({ type: 'leave', member: b, back: 0 })
  history.add({ type: 'released', member: a, tasks: [{ task: key, epoch }] })
  return history.task(-1).owner === 0
})

rule(
  'R12: a late release frees nothing that was granted again to the same node',
  { releases: (task, event) => task.owner === event.member },
  fold => {
    const history = new History(fold)
    const a = history.join('a')
    history.claim(a)
    history.define(0)
    const key = history.key(-1)
    history.grant(key, a)
    const { epoch } = history.task(-1)
    const released = { type: 'released', member: a, tasks: [{ task: key, epoch }] } as const
    history.assign([{ op: 'move', task: key, next: 0, epoch }])
    history.add(released)
    history.grant(key, a)
    history.add(released)
    return history.task(-1).owner === a
  },
)

rule('R13: who has not read everything founds nothing', { mayFind: () => true }, fold => {
  const history = new History(fold)
  const end = history.records.length
  const a = history.join('a')
  history.add({ type: 'found', end, term: 9 })
  return history.alive(a) && history.state.term === 0
})
