import { expect, test } from 'vitest'
import { traceOf } from '../../actors/trace.js'
import { MillraceError } from '../../src/core/error.js'

test('a trace begins with the stage of the failure, and goes on with its causes, each once', () => {
  const cause: Error & { cause?: unknown } = new Error('the reason')
  cause.cause = cause
  const trace = traceOf(new MillraceError('plugin.fatal', 'it broke', { stage: 'TASK_POLL', cause }))
  expect(trace).toMatch(/^Stage TASK_POLL: MillraceError: it broke\n(.*\n)*Caused by: Error: the reason\n/)
  expect(trace.match(/Caused by/g)).toHaveLength(1)
  expect(trace.endsWith('\n')).toBe(true)
})

test('a failure without a stage, and one that is no error, are told as they are', () => {
  expect(traceOf(new Error('it broke'))).toMatch(/^Error: it broke\n/)
  expect(traceOf('it broke')).toBe('it broke\n')
})
