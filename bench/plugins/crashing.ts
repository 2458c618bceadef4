import { appendFileSync } from 'node:fs'
import { defineSource, fatal, field } from '../../src/plugin/index.js'

/** Runs for `runs` times 20 ms, then throws, and notes when: the moment is shared by all threads of a machine. */
export default defineSource({
  name: 'crashing',
  version: '1.0.0',
  summary: 'Throws again and again.',
  config: { notes: field.string({ doc: 'File that gets the moment of each crash, in nanoseconds.' }) },
  async *read({ config, sleep, signal }) {
    yield []
    await sleep(20)
    if (signal.aborted) return
    appendFileSync(config.notes, `${process.hrtime.bigint()}\n`)
    throw fatal('crashed on purpose')
  },
})
