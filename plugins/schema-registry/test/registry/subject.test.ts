import { dispositionOf } from 'millrace/plugin'
import { expect, test } from 'vitest'
import { BoundedMap } from '../../src/registry/bounded-map.js'
import { checkStrategy, subjectStrategy } from '../../src/registry/subject.js'

const full = (name: string): string => `io.confluent.kafka.serializers.subject.${name}`

test.each([
  ['TopicNameStrategy', 't-value', 't-value'],
  ['RecordNameStrategy', 'n.R', undefined],
  ['TopicRecordNameStrategy', 't-n.R', undefined],
])('%s', (name, ofRecord, withoutName) => {
  for (const className of [name, full(name)]) {
    expect(checkStrategy(className)).toBeUndefined()
    const subject = subjectStrategy(className, 'value')
    expect(subject('t', 'n.R')).toBe(ofRecord)
    if (withoutName !== undefined) expect(subject('t', undefined)).toBe(withoutName)
    else {
      const blamed = (() => {
        try {
          return subject('t', undefined)
        } catch (error) {
          return dispositionOf(error)
        }
      })()
      expect(blamed).toBe('reject')
    }
  }
})

test('strategies that are none are refused, and Confluent’s newest with what to take for it', () => {
  expect(checkStrategy('my.TopicNameStrategy')).toMatch(/^Must be one of: /)
  expect(checkStrategy(full('AssociatedNameStrategy'))).toMatch(/use .*TopicNameStrategy/)
})

test('a bounded map forgets what was not asked for the longest', () => {
  const map = new BoundedMap<string, number>(3)
  for (const [at, key] of ['a', 'b', 'c'].entries()) map.set(key, at)
  expect(map.get('a')).toBe(0)
  map.set('d', 3)
  expect(['a', 'b', 'c', 'd'].map(key => map.get(key))).toEqual([0, undefined, 2, 3])
  for (let at = 0; at < 1_000; at++) map.set(`k${at}`, at)
  expect(map.size).toBe(3)
})
