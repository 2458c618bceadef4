import { expect, test } from 'vitest'
import { parseHeaderRules } from '../../../src/core/api/header-rules.js'

test('rules are comma-separated, quotes keep a comma, dates are milliseconds from now', () => {
  expect(
    parseHeaderRules(
      'set X-Frame-Options:DENY, "add Cache-Control: no-cache, no-store" ,ADDDATE Last-Seen: 0, setDate Expires: -31540000000,add A:"b \\"c\\""',
    ),
  ).toEqual({
    rules: [
      { action: 'set', name: 'X-Frame-Options', value: 'DENY' },
      { action: 'add', name: 'Cache-Control', value: 'no-cache, no-store' },
      { action: 'addDate', name: 'Last-Seen', inMs: 0 },
      { action: 'setDate', name: 'Expires', inMs: -31_540_000_000 },
      { action: 'add', name: 'A', value: 'b "c"' },
    ],
  })
  expect(parseHeaderRules(' ')).toEqual({ rules: [] })
})

test.each([
  ['set', "Invalid format of header config 'set'. Expected: '[action] [header name]:[header value]'"],
  ['put A:b', "Invalid header config action: 'put'. Expected one of [set, add, setDate, addDate]"],
  ['set A', "Invalid format of header name and header value pair 'A'. Expected: '[header name]:[header value]'"],
  ['set A:', "Invalid format of header name and header value pair 'A:'. Expected: '[header name]:[header value]'"],
  [
    'set A:http://b',
    "Invalid format of header name and header value pair 'A:http://b'. Expected: '[header name]:[header value]'",
  ],
  ['set A b:c', "Invalid header name 'A b'. The '[header name]' cannot contain whitespace"],
  ['set (A):c', "Invalid header name '(A)'."],
  ['set A:→', "Invalid header value '→'."],
  ['setDate A:tomorrow', "Invalid header value 'tomorrow': a date is a number of milliseconds from now."],
])('%s is refused', (text, problem) => {
  expect(parseHeaderRules(`set Fine:yes,${text}`)).toEqual({ problem })
})
