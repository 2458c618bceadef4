import { expect, test } from 'vitest'
import { serverProblems, type ServerFacts } from '../src/server.js'

const good: ServerFacts = {
  flavour: 'mysql',
  version: '8.0.33',
  serverId: 1,
  logBin: 'ON',
  format: 'ROW',
  rowImage: 'FULL',
  rowMetadata: 'FULL',
  rowValueOptions: '',
  transactionCompression: 'OFF',
  gtidMode: 'ON',
}

test.each<Partial<ServerFacts>>([
  {},
  { logBin: '1' },
  { format: '' },
  { rowImage: '' },
  { flavour: 'mariadb', rowImage: 'FULL_NODUP', transactionCompression: '', gtidMode: '' },
  { rowMetadata: 'MINIMAL' },
])('a server that differs by %j can be read', facts => {
  expect(serverProblems({ ...good, ...facts })).toEqual([])
})

test.each<[Partial<ServerFacts>, string, RegExp]>([
  [{ logBin: 'OFF' }, 'log_bin', /must be "ON": set log_bin in the server's configuration and restart it/],
  [{ logBin: '' }, 'log_bin', /is "OFF"/],
  [{ format: 'STATEMENT' }, 'binlog_format', /must be "ROW": SET GLOBAL binlog_format = 'ROW'/],
  [{ format: 'MIXED' }, 'binlog_format', /is "MIXED"/],
  [{ rowImage: 'MINIMAL' }, 'binlog_row_image', /must be "FULL"/],
  [{ rowImage: 'NOBLOB' }, 'binlog_row_image', /is "NOBLOB"/],
  [{ rowValueOptions: 'PARTIAL_JSON' }, 'binlog_row_value_options', /must be ""/],
])('%j is told with the variable %s and what to do', (facts, name, sentence) => {
  const problems = serverProblems({ ...good, ...facts })
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(`The server's ${name} is`)
  expect(problems[0]).toMatch(sentence)
})

test('all that is wrong is told at once', () => {
  expect(serverProblems({ ...good, logBin: 'OFF', format: 'MIXED', rowImage: 'MINIMAL' })).toHaveLength(3)
})
