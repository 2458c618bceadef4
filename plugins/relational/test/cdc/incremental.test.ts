import { describe, expect, test } from 'vitest'
import {
  asked,
  chunkRead,
  fromOffset,
  idle,
  isRunning,
  next,
  reverted,
  stopped,
  stopping,
  toOffset,
  withoutIncremental,
  type IncrementalState,
  type JavaKey,
} from '@millrace/relational'

const known = ['s.a', 's.b', 's.c']
const signal = (collections: readonly string[]) => ({
  collections,
  conditions: [{ tables: /^s\.b$/i, filter: 'x = 1' }],
  surrogateKey: undefined,
})
const running = (collections = ['s.*']): IncrementalState => asked(idle, signal(collections), known, 'id')
const ids = ({ collections }: IncrementalState): readonly string[] => collections.map(({ id }) => id)
const key = (value: number): JavaKey => [{ java: 'Integer', text: String(value) }]

describe('the state of an incremental snapshot', () => {
  test('tables that a signal asks for come behind those that wait, with their conditions', () => {
    const state = asked(running(['s.c']), { ...signal(['s.a', 's.b']), surrogateKey: 'code' }, known, 'second')
    expect(state).toMatchObject({ correlationId: 'second' })
    expect(state.collections).toEqual([
      { id: 's.c', condition: undefined, surrogateKey: undefined },
      { id: 's.a', condition: undefined, surrogateKey: 'code' },
      { id: 's.b', condition: '(x = 1)', surrogateKey: 'code' },
    ])
  })

  test('it comes back from an offset at the last row that was handed on', () => {
    const state = { ...chunkRead(running(), key(9)), sentKey: key(5), maximumKey: key(20) }
    const back = fromOffset(toOffset(state))
    expect(back).toEqual({ state: { ...state, endKey: key(5) } })
  })

  test('before the first row was handed on it comes back at the beginning', () => {
    const { state } = fromOffset(toOffset(chunkRead(running(), key(9))))
    expect(state).toMatchObject({ endKey: undefined, sentKey: undefined, maximumKey: undefined })
    expect(ids(state)).toEqual(known)
  })

  test('its fields are Debezium’s', () => {
    expect(toOffset(running(['s.b']))).toEqual({
      incremental_snapshot_primary_key: 'aced000570',
      incremental_snapshot_maximum_key: 'aced000570',
      incremental_snapshot_collections:
        '[{"incremental_snapshot_collections_id":"s.b","incremental_snapshot_collections_additional_condition":"(x = 1)","incremental_snapshot_collections_surrogate_key":null}]',
      incremental_snapshot_correlation_id: 'id',
    })
    expect(toOffset(idle)).toEqual({})
  })

  test('keys that cannot be read begin the table anew; tables that cannot be read are told of', () => {
    const fields = { ...toOffset(running()), incremental_snapshot_primary_key: 'aced' }
    const { state, problem } = fromOffset(fields)
    expect([ids(state), state.endKey, problem]).toEqual([known, undefined, 'no serialized key'])
    for (const incremental_snapshot_collections of ['{', '{}', '[{}]', '[null]'])
      expect(fromOffset({ incremental_snapshot_collections })).toMatchObject({
        state: idle,
        problem: expect.stringContaining('no list of tables') as string,
      })
  })

  test('an offset without it keeps all else', () => {
    expect(withoutIncremental({ lsn: 1, ...(toOffset(running()) as Record<string, string>) })).toEqual({ lsn: 1 })
    const plain = { lsn: 1 }
    expect(withoutIncremental(plain)).toBe(plain)
  })

  test('a table that is done with gives way to the next, which begins at its beginning', () => {
    const state = { ...chunkRead(running(), key(9)), sentKey: key(9), maximumKey: key(9) }
    expect(next(state)).toMatchObject({ endKey: undefined, sentKey: undefined, maximumKey: undefined })
    expect(ids(next(state))).toEqual(['s.b', 's.c'])
    expect(next(next(next(state)))).toBe(idle)
  })

  test('a chunk that was not handed on is read again', () => {
    expect(reverted({ ...chunkRead(running(), key(9)), sentKey: key(3) }).endKey).toEqual(key(3))
  })

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['all', [], [], known],
    ['those that wait', ['s.[bc]'], ['s.a'], ['s.b', 's.c']],
    ['the one that is read', ['s.a'], ['s.b', 's.c'], ['s.a']],
    ['none that is there', ['s.z'], known, []],
  ])('stopping %s', (_, collections, left, gone) => {
    const state = { ...chunkRead(running(), key(9)), sentKey: key(9), maximumKey: key(9) }
    const result = stopped(stopping(state, collections))
    expect([ids(result.state), result.stopped, result.state.toStop]).toEqual([left, gone, []])
    expect(result.state.endKey).toEqual(left[0] === 's.a' ? key(9) : undefined)
    expect(isRunning(result.state)).toBe(left.length > 0)
  })

  test('with nothing to stop nothing is kept for later', () => {
    expect(stopping(idle, [])).toBe(idle)
    expect(stopped(idle)).toEqual({ state: idle, stopped: [] })
  })
})
