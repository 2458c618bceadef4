import { appendFileSync } from 'node:fs'
import { defineSource, field } from '../../src/plugin/index.js'

/** What a thread's process object has under this name ends the thread at once, with all that it hosts; the hosting traps `exit` only. */
interface EndsThread {
  reallyExit(code: number): never
}

/** Runs for a while, then ends the thread that it runs in, and notes when. */
export default defineSource({
  name: 'ending',
  version: '1.0.0',
  summary: 'Ends its thread again and again.',
  config: { notes: field.string({ doc: 'File that gets the moment of each end, in nanoseconds.' }) },
  async *read({ config, sleep, signal }) {
    yield []
    await sleep(300)
    if (signal.aborted) return
    appendFileSync(config.notes, `${process.hrtime.bigint()}\n`)
    ;(process as unknown as EndsThread).reallyExit(1)
  },
})
