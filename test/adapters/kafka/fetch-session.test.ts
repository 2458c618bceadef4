import { expect, test } from 'vitest'
import { FetchSession, type SessionPartition } from '../../../src/adapters/kafka/fetch-session.js'

const [one, two] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]

function at(topicId: Buffer, partition: number, offset: number, epoch = 3): SessionPartition {
  return { topicId, partition, offset, leaderEpoch: epoch, lastEpoch: -1, maxBytes: 1_000 }
}

const named = (fields: ReturnType<FetchSession['next']>) => ({
  session: [fields.sessionId, fields.sessionEpoch],
  asked: fields.topics.flatMap(({ id, partitions }) =>
    partitions.map(({ partition, offset }) => `${id[0]}-${partition}@${offset}`),
  ),
  forgotten: fields.forgotten.flatMap(({ id, partitions }) => partitions.map(partition => `${id[0]}-${partition}`)),
})

test('the first request names everything, the next ones what changed', () => {
  const session = new FetchSession()
  expect(named(session.next([at(one, 0, 5), at(two, 0, 6), at(one, 1, 7)]))).toEqual({
    session: [0, 0],
    asked: ['1-0@5', '1-1@7', '2-0@6'],
    forgotten: [],
  })
  session.answered(42)
  expect(named(session.next([at(one, 0, 5), at(one, 1, 8)]))).toEqual({
    session: [42, 1],
    asked: ['1-1@8'],
    forgotten: ['2-0'],
  })
  session.answered(42)
  expect(named(session.next([at(one, 0, 5), at(one, 1, 8)]))).toEqual({ session: [42, 2], asked: [], forgotten: [] })
  session.answered(42)
  expect(named(session.next([at(one, 0, 5, 4), at(two, 0, 6)]))).toEqual({
    session: [42, 3],
    asked: ['1-0@5', '2-0@6'],
    forgotten: ['1-1'],
  })
})

test('a broker that keeps no session is told everything each time', () => {
  const session = new FetchSession()
  for (let i = 0; i < 3; i++) {
    expect(named(session.next([at(one, 0, i)]))).toEqual({ session: [0, 0], asked: [`1-0@${i}`], forgotten: [] })
    session.answered(0)
  }
})

test('a session that the broker lost begins anew', () => {
  const session = new FetchSession()
  session.next([at(one, 0, 1)])
  session.answered(42)
  session.next([at(one, 0, 1), at(two, 0, 1)])
  session.reset()
  expect(named(session.next([at(one, 0, 1)]))).toEqual({ session: [0, 0], asked: ['1-0@1'], forgotten: [] })
})
