import { describe, expect, test } from 'vitest'
import { expanded, parseSignal } from '@millrace/relational'

const of = (type: string, data: unknown = null) =>
  parseSignal({ id: 'x', type, data: typeof data === 'string' || data === null ? data : JSON.stringify(data) })

describe('signals', () => {
  test('a snapshot is incremental where nothing else is said', () => {
    expect(of('execute-snapshot', { 'data-collections': [' public.a ', 'public\\.b.*'] })).toEqual({
      action: 'execute',
      kind: 'incremental',
      collections: ['public.a', 'public\\.b.*'],
      conditions: [],
      surrogateKey: undefined,
    })
  })

  test('a blocking snapshot with conditions and a surrogate key', () => {
    const signal = of('execute-snapshot', {
      'data-collections': ['public.a'],
      type: 'BLOCKING',
      'additional-conditions': [{ 'data-collection': 'PUBLIC.A', filter: 'x > 1' }],
      'surrogate-key': ' code ',
    })
    if (signal.action !== 'execute') throw new Error(signal.action)
    expect(signal).toMatchObject({ kind: 'blocking', surrogateKey: 'code' })
    expect(signal.conditions.map(({ filter }) => filter)).toEqual(['x > 1'])
    expect(signal.conditions[0]!.tables.test('public.a')).toBe(true)
    expect(signal.conditions[0]!.tables.test('public.ab')).toBe(false)
  })

  test.each<[string, unknown, object]>([
    ['stop-snapshot', null, { action: 'stop', collections: [] }],
    ['stop-snapshot', '', { action: 'stop', collections: [] }],
    ['stop-snapshot', { 'data-collections': [] }, { action: 'stop', collections: [] }],
    ['stop-snapshot', { 'data-collections': ['a.b'], type: 'incremental' }, { action: 'stop', collections: ['a.b'] }],
    ['pause-snapshot', null, { action: 'pause' }],
    ['resume-snapshot', { type: 'incremental' }, { action: 'resume' }],
    ['log', { message: 'here {}' }, { action: 'log', message: 'here {}' }],
    ['snapshot-window-open', '{"openWindowTimestamp": "…"}', { action: 'open' }],
    ['snapshot-window-close', 'anything', { action: 'close' }],
  ])('%s with %j', (type, data, signal) => {
    expect(of(type, data)).toEqual(signal)
  })

  test.each<[string, unknown]>([
    ['something', {}],
    ['', null],
    ['execute-snapshot', null],
    ['execute-snapshot', '{'],
    ['execute-snapshot', '[]'],
    ['execute-snapshot', 'null'],
    ['execute-snapshot', '"text"'],
    ['execute-snapshot', { 'data-collections': [] }],
    ['execute-snapshot', { 'data-collections': 'public.a' }],
    ['execute-snapshot', { 'data-collections': [1] }],
    ['execute-snapshot', { 'data-collections': ['('] }],
    ['execute-snapshot', { 'data-collections': ['a.b'], type: 'sudden' }],
    ['execute-snapshot', { 'data-collections': ['a.b'], 'additional-conditions': {} }],
    ['execute-snapshot', { 'data-collections': ['a.b'], 'additional-conditions': [null] }],
    ['execute-snapshot', { 'data-collections': ['a.b'], 'additional-conditions': [{ 'data-collection': 'a.b' }] }],
    [
      'execute-snapshot',
      { 'data-collections': ['a.b'], 'additional-conditions': [{ 'data-collection': '(', filter: 'x' }] },
    ],
    ['stop-snapshot', { 'data-collections': [true] }],
    ['stop-snapshot', { type: 'blocking' }],
    ['pause-snapshot', { type: 'blocking' }],
    ['resume-snapshot', { type: 'blocking' }],
    ['log', {}],
    ['log', { message: '' }],
    ['log', { message: 3 }],
  ])('%s with %j is refused with a reason', (type, data) => {
    const signal = of(type, data)
    expect(signal.action).toBe('refused')
    expect(signal.action === 'refused' && signal.reason).toMatch(/\w/)
  })

  test('expressions mean the whole names of tables, each once', () => {
    const known = ['s.a', 's.ab', 's.b', 't.a']
    expect(expanded(['s\\.a.*', '.*\\.a'], known)).toEqual(['s.a', 's.ab', 't.a'])
    expect(expanded(['s.a', 's.gone'], known)).toEqual(['s.a', 's.gone'])
    expect(expanded(['('], known)).toEqual(['('])
  })
})
