import { describe, expect, test } from 'vitest'
import { restMs } from '../../src/cluster/rest.js'
import { newSelf, noDuties, type Self } from '../../src/cluster/self.js'
import { History } from './history.js'

/** Two members at rest, the first of which leads, seen by one of them right after it has read and sent a beat. */
function atRest(as: 'leader' | 'follower') {
  const history = new History()
  const [a, b] = [history.join('a'), history.join('b')] as const
  history.claim(a)
  const { state } = history
  const now = { monotonic: 10_000, wall: 0 }
  const self = newSelf(
    {
      node: 'n',
      url: '',
      release: '1',
      fingerprint: 'f',
      entropy: 'e',
      timers: { heartbeat: 500 },
      maxHold: 0,
      protocol: 'cooperative',
    },
    now,
  )
  Object.assign(self, { id: as === 'leader' ? a : b, beatSentAt: now.monotonic, readAt: now.monotonic })
  self.around.fencedTerm = state.term
  self.leader = {
    ...noDuties(state.term),
    snapped: true,
    idle: { changes: state.derived.changes, version: state.version, want: self.around.want },
  }
  state.need = false
  const rest = (later = 0): number => restMs(state, self, { monotonic: now.monotonic + later, wall: 0 })
  return { history, state, self, rest }
}

test.each(['leader', 'follower'] as const)('a %s with nothing to wait for rests, at most a quarter of a second', as => {
  expect(atRest(as).rest()).toBe(250)
})

test.each(['leader', 'follower'] as const)('a %s is awake for its next beat', as => {
  const { rest } = atRest(as)
  expect(rest(400)).toBe(100)
  expect(rest(500)).toBe(0)
})

test('somebody’s deadline is looked at when it has passed', () => {
  const { state, rest } = atRest('follower')
  state.derived.reapAt = state.time + 80
  expect(rest()).toBe(100)
})

describe('who waits for something does not rest:', () => {
  const cases: readonly (readonly [string, 'leader' | 'follower', (bench: ReturnType<typeof atRest>) => void])[] = [
    ['that there is a leader', 'follower', ({ state }) => (state.leader = 0)],
    ['to be ready', 'follower', ({ state, self }) => (state.members.get(self.id)!.ready = false)],
    ['to have left', 'follower', ({ self }) => (self.around.leaving = { back: 0 })],
    ['for its state to be read anew', 'follower', ({ self }) => (self.diverged = true)],
    ['that what it gave back is taken', 'follower', ({ self }) => void self.releasedSentAt.set(1, 0)],
    ['to start what it was granted', 'follower', ({ state, self }) => void state.members.get(self.id)!.tasks.add(1)],
    ['that its assign is read back', 'leader', ({ self }) => (self.leader.assign = {} as Self['leader']['assign'])],
    ['for its turn to plan', 'leader', ({ self }) => (self.leader.idle = undefined)],
    ['that the config topic is fenced', 'leader', ({ self }) => (self.around.fencedTerm = 0)],
    ['for a snapshot that is missed', 'leader', ({ state }) => (state.need = true)],
    ['for connectors that changed', 'leader', ({ self }) => (self.around.want = [])],
  ]
  test.each(cases)('%s (%s)', (_, as, change) => {
    const bench = atRest(as)
    change(bench)
    expect(bench.rest()).toBe(0)
  })
})
