import { expect, test } from 'vitest'
import { ToldTransactions } from '../src/told-transactions.js'

const told = (...xids: number[]): ToldTransactions => {
  const all = new ToldTransactions()
  for (const xid of xids) all.add(xid)
  return all
}

test('what was told and is in progress in a snapshot is not in it', () => {
  expect(told(7, 9).areAllIn('7:10:7,8')).toBe(false)
  expect(told(7, 9).areAllIn('8:10:8')).toBe(true)
  expect(told().areAllIn('7:10:7')).toBe(true)
})

test('nor is what begins after it', () => {
  expect(told(10).areAllIn('10:10:')).toBe(false)
  expect(told(9).areAllIn('10:10:')).toBe(true)
})

test('numbers go round after 2^32', () => {
  expect(told(5).areAllIn('4294967300:4294967301:')).toBe(false)
  expect(told(4_294_967_295).areAllIn('4294967300:4294967301:')).toBe(true)
  expect(told(4).areAllIn('4294967300:4294967301:4294967300')).toBe(false)
})

test('the oldest are forgotten', () => {
  const all = told(...Array.from({ length: 10_001 }, (_, at) => at + 1))
  expect(all.areAllIn('1:20000:1')).toBe(true)
  expect(all.areAllIn('2:20000:2')).toBe(false)
})
