import { expect, test } from 'vitest'
import { checkGroupName, checkGroupOffset } from '../../src/core/offset.js'
import { checkTopic, readTopicSettings } from '../../src/core/topic.js'

test('a topic without settings has Kafka’s, with smaller segments', () => {
  expect(readTopicSettings({})).toEqual({
    problems: [],
    settings: {
      expires: true,
      compacts: false,
      retentionMs: 604_800_000,
      retentionBytes: -1,
      segmentBytes: 128 << 20,
      segmentMs: 604_800_000,
      maxMessageBytes: 1_048_588,
      deleteRetentionMs: 86_400_000,
    },
  })
  expect(readTopicSettings({ 'cleanup.policy': 'compact' }).settings).toMatchObject({
    expires: false,
    compacts: true,
    segmentBytes: 16 << 20,
  })
  expect(readTopicSettings({ 'cleanup.policy': 'compact, delete' }).settings).toMatchObject({
    expires: true,
    compacts: true,
  })
})

test('the largest number that Kafka takes means never', () => {
  const { settings, problems } = readTopicSettings({ 'retention.ms': '9223372036854775807', 'segment.ms': ' 5 ' })
  expect(problems).toEqual([])
  expect(settings).toMatchObject({ retentionMs: Number.MAX_SAFE_INTEGER, segmentMs: 5 })
})

test('all that is wrong is said at once, each with its key (I10)', () => {
  const config = { 'cleanup.policy': '', 'retention.ms': '1e3', 'segment.bytes': '2147483648', other: 'anything' }
  const error = expect.objectContaining({
    code: 'log.topic_config_invalid',
    message: expect.stringMatching(
      /partitions: 10001 .*cleanup\.policy: "" .*retention\.ms: "1e3" .*segment\.bytes: "2147483648" /,
    ),
  })
  expect(() => checkTopic({ name: 'a', partitions: 10_001, config })).toThrow(error)
  expect(() => checkTopic({ name: 'a', partitions: 1.5 })).toThrow(/partitions: 1.5/)
})

test('what cannot be a committed offset is refused', () => {
  const offset = { topic: 't', partition: 0, offset: 0, metadata: 'ü'.repeat(2048) }
  expect(() => checkGroupOffset(offset)).not.toThrow()
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
    const refused = expect.objectContaining({ code: 'log.offset_invalid' })
    expect(() => checkGroupOffset({ ...offset, offset: bad })).toThrow(refused)
  }
  expect(() => checkGroupOffset({ ...offset, metadata: 'ü'.repeat(2049) })).toThrow(/4096 bytes/)
  expect(() => checkGroupName('')).toThrow(/1 to 1,024/)
  expect(() => checkGroupName('ü'.repeat(513))).toThrow(/1 to 1,024/)
  expect(() => checkGroupName('connect-orders')).not.toThrow()
})
