import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configMarkdown } from '../src/core/config/markdown.js'
import type { Plugin } from '../src/plugin/index.js'
import file from '../plugins/file/src/index.js'
import generator from '../plugins/generator/src/index.js'
import jsonata from '../plugins/jsonata/src/index.js'
import schemaRegistry from '../plugins/schema-registry/src/index.js'
import jdbc from '../plugins/jdbc/src/index.js'
import mirror from '../plugins/mirror/src/index.js'
import debezium from '../plugins/debezium/src/index.js'
import mysqlCdc from '../plugins/mysql-cdc/src/index.js'
import postgresCdc from '../plugins/postgres-cdc/src/index.js'
import hostMetrics from '../plugins/host-metrics/src/index.js'

const connectors: readonly (readonly [folder: string, plugins: readonly Plugin[]])[] = [
  ['file', file],
  ['generator', generator],
  ['host-metrics', hostMetrics],
  ['jsonata', jsonata],
  ['jdbc', jdbc],
  ['mirror', mirror],
  ['debezium', debezium],
  ['mysql-cdc', mysqlCdc],
  ['postgres-cdc', postgresCdc],
  ['schema-registry', schemaRegistry],
]

test.each(connectors)(
  'the README of plugins/%s has the keys as they are declared (scripts/reference.mjs)',
  (folder, plugins) => {
    const readme = readFileSync(`plugins/${folder}/README.md`, 'utf8')
    for (const { name, config } of plugins) {
      expect(readme).toContain(`<!-- keys: ${name} -->\n\n${configMarkdown(config).trim()}\n\n<!-- end of keys -->`)
    }
  },
)
