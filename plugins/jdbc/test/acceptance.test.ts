import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { schema } from 'millrace/plugin'
import type { SinkPlugin, SourcePlugin } from 'millrace/plugin'
import { acceptSink, acceptSource } from 'millrace/testkit'
import { afterAll, test } from 'vitest'
import plugins from '../src/index.js'

const [source, sink] = plugins as [SourcePlugin, SinkPlugin]
const folder = mkdtempSync(join(tmpdir(), 'millrace-jdbc-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0

acceptSource(source, {
  test,
  module: new URL('../dist/index.js', import.meta.url),
  config() {
    const file = join(folder, `${files++}.db`)
    const database = new Database(file)
    database.exec('CREATE TABLE lines (id INTEGER PRIMARY KEY, note VARCHAR(20) NOT NULL)')
    database.close()
    return {
      'connection.url': `jdbc:sqlite:${file}`,
      'connection.password': 'secret-of-nobody',
      mode: 'incrementing',
      'table.whitelist': 'lines',
      'topic.prefix': 'from-',
      'poll.interval.ms': '50',
      'batch.max.rows': '5',
    }
  },
  produce(config, count) {
    const database = new Database(config['connection.url']!.slice('jdbc:sqlite:'.length))
    const insert = database.prepare('INSERT INTO lines (note) VALUES (?)')
    const made = Array.from({ length: count }, () => {
      const note = `note ${Math.random()}`
      return { id: Number(insert.run(note).lastInsertRowid), note }
    })
    database.close()
    return made
  },
  can: { resume: true, follow: true },
})

acceptSink(sink, {
  test,
  module: new URL('../dist/index.js', import.meta.url),
  config: () => ({
    'connection.url': `jdbc:sqlite:${join(folder, `${files++}.db`)}`,
    'connection.password': 'secret-of-nobody',
    'table.name.format': 'notes',
    'insert.mode': 'upsert',
    'pk.mode': 'record_value',
    'pk.fields': 'id',
    'auto.create': 'true',
  }),
  read(config) {
    const database = new Database(config['connection.url']!.slice('jdbc:sqlite:'.length))
    try {
      return database.prepare('SELECT id, note FROM notes ORDER BY id').all() as { id: number; note: string }[]
    } catch {
      return []
    } finally {
      database.close()
    }
  },
  value: id => ({ id, note: `note ${id}` }),
  valueSchema: schema.struct({ id: schema.int32(), note: schema.string({ optional: true }) }),
  rejects: { id: null, note: 'without a key' },
  can: { exactlyOnce: true, order: false },
})
