import { defineSource, fatal, taskKey } from 'millrace/plugin'
import { Capture } from './capture.js'
import { keys } from './config.js'
import { passes, postgresFailure } from './failures.js'
import { offsetProblem, offsetShape, partitionShape } from './offset.js'
import { contractVersion } from './source-block.js'
import { validate } from './validate.js'

/** How often in a row a task has failed by what passes by itself: the read that follows such a failure is a new one. */
const failuresInARow = new Map<string, number>()

export const postgresCdc = defineSource({
  name: 'postgres-cdc',
  version: contractVersion,
  summary:
    'Reads the rows of PostgreSQL tables and then their changes, by logical replication, as Debezium’s connector does.',
  aliases: ['io.debezium.connector.postgresql.PostgresConnector'],
  config: keys,
  offsets: { partition: partitionShape, offset: offsetShape },
  exclusive: config => [
    `postgres-slot:${config['database.hostname']}:${config['database.port']}/${config['database.dbname']}/${config['slot.name']}`,
  ],
  effects: config => [
    `Makes the replication slot "${config['slot.name']}" on the server, where it is missing, and moves it on.`,
    ...(config['publication.autocreate.mode'] === 'disabled'
      ? []
      : [`Makes the publication "${config['publication.name']}", where it is missing.`]),
  ],
  validate,
  alterOffsets(_, changes) {
    for (const { offset } of changes) {
      const problem = offset && offsetProblem(offset)
      if (problem) throw fatal(problem, { code: 'postgres.offset_refused' })
    }
    // The slot stands where it stood: changes that it has let go of cannot be read again.
    return false
  },

  async *read(context) {
    const { config, signal, id } = context
    const key = taskKey(id)
    const capture = new Capture(context)
    try {
      for await (const yielded of capture.run()) {
        failuresInARow.delete(key)
        yield yielded as never
      }
    } catch (error) {
      if (signal.aborted) return
      const failure = postgresFailure(error, 'capturing changes', passes(error) ? 1_000 : 0)
      const allowed = config['errors.max.retries']
      const count = (failuresInARow.get(key) ?? 0) + 1
      failuresInARow.set(key, count)
      if (failure.disposition !== 'retry' || allowed < 0 || count <= allowed) throw failure
      failuresInARow.delete(key)
      throw fatal(`${failure.message} This was the last of ${allowed} more attempts.`, {
        code: failure.code,
        cause: failure,
      })
    } finally {
      await capture.close()
    }
  },
})
