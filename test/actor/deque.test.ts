import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deque } from '../../src/actor/deque.js'

test('a deque holds what an array would, in the same order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('push' as const, 'unshift' as const), item: fc.integer() }),
    fc.record({ do: fc.constantFrom('shift' as const, 'pop' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const deque = new Deque<number>()
      const model: number[] = []
      for (const step of steps) {
        if ('item' in step) {
          deque[step.do](step.item)
          model[step.do](step.item)
        } else assert.equal(deque[step.do](), model[step.do]())
        expect(deque.size).toBe(model.length)
        expect(deque.peek()).toBe(model[0])
      }
      expect([...deque]).toEqual(model)
    }),
  )
})
