import { expect, test } from 'vitest'
import { brokerError } from '../../../src/adapters/kafka/broker-error-table.js'
import { TopicMetadata } from '../../../src/adapters/kafka/topic-metadata.js'

const [one, two] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]
const partition = { topic: 't', partition: 0 }

function said(id: Buffer, leader: number, leaderEpoch: number, error = 0) {
  return [{ error, name: 't', id, internal: false, partitions: [{ error: 0, partition: 0, leader, leaderEpoch }] }]
}

test('a broker that is behind does not bring an old leader back', () => {
  const topics = new TopicMetadata()
  topics.apply(said(one, 1, 4), 0)
  topics.apply(said(one, 2, 5), 0)
  topics.apply(said(one, 1, 4), 0)
  expect(topics.leader(partition)).toEqual({ node: 2, epoch: 5 })
})

test('a topic made anew begins anew, with lower epochs', () => {
  const topics = new TopicMetadata()
  topics.apply(said(one, 1, 4), 0)
  topics.apply(said(two, 3, 0), 0)
  expect(topics.leader(partition)).toEqual({ node: 3, epoch: 0 })
  expect(topics.topic('t')?.id).toEqual(two)
})

test('a topic is missing since it was first said to be, until it is there', () => {
  const topics = new TopicMetadata()
  expect(topics.missingFor('t', 0)).toBeUndefined()
  topics.apply(said(one, 1, 0, brokerError.UNKNOWN_TOPIC_OR_PARTITION), 10)
  topics.apply(said(one, 1, 0, brokerError.UNKNOWN_TOPIC_OR_PARTITION), 20)
  expect(topics.missingFor('t', 35)).toBe(25)
  expect(topics.leader(partition)).toBeUndefined()
  topics.apply(said(one, 1, 0), 40)
  expect(topics.missingFor('t', 50)).toBeUndefined()
})

test('a refusal is remembered until the topic is told of', () => {
  const topics = new TopicMetadata()
  topics.apply(said(one, 1, 0, brokerError.TOPIC_AUTHORIZATION_FAILED), 0)
  expect(topics.refusal('t')).toBe(brokerError.TOPIC_AUTHORIZATION_FAILED)
  topics.apply(said(one, 1, 0), 0)
  expect(topics.refusal('t')).toBeUndefined()
})
