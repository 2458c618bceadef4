import { expect, test } from 'vitest'
import { readConnectorFile } from '../../../src/cli/standalone/connector-file.js'

const json = (value: unknown) => readConnectorFile(JSON.stringify(value))

test('a flat JSON map, the body of a creation and properties are all read', () => {
  const config = { name: 'a', 'connector.class': 'X', 'tasks.max': '2' }
  const plain = { connector: { name: 'a', config, lines: new Map() } }
  expect(json({ ...config, 'tasks.max': 2 })).toEqual(plain)
  expect(
    json({ name: 'a', config: { 'connector.class': 'X', 'tasks.max': 2 }, tasks: [], type: 'sink' }),
  ).toMatchObject({ connector: { name: 'a', config } })
  expect(readConnectorFile('name=a\nconnector.class=X\n\ntasks.max=2')).toMatchObject({
    connector: { config, lines: new Map(Object.entries({ name: 1, 'connector.class': 2, 'tasks.max': 4 })) },
  })
})

test('numbers keep every digit that was written', () => {
  expect(readConnectorFile('{"name":"a","x":1.50,"y":9007199254740993}')).toMatchObject({
    connector: { config: { x: '1.50', y: '9007199254740993' } },
  })
})

test.each([
  ['paused', 'PAUSED'],
  ['STOPPED', 'STOPPED'],
  ['Running', 'STARTED'],
])('initial_state %s is %s', (initial_state, initialState) => {
  expect(json({ name: 'a', config: {}, initial_state })).toMatchObject({ connector: { initialState } })
})

test.each([
  ['{"name":"a",', ['{']],
  ['{"a":{},"b":[],"c":null}', ['a', 'b', 'c', 'name']],
  ['{"name":"a","config":{"name":"b"},"initial_state":"GONE"}', ['config.name', 'initial_state']],
  ['{"config":{"a":[]}}', ['a', 'name']],
  ['connector.class=X\nb=\\u1', ['b', 'name']],
  ['', ['name']],
])('%s is refused with every mistake', (content, keys) => {
  expect(readConnectorFile(content).issues?.map(({ key }) => key)).toEqual(keys)
})
