import type { Difference } from './differences.js'
import type { Answer } from './talk.js'

/** Loggers that both have: the root, and those of the conversation. */
const isShared = (logger: string): boolean => logger === 'root' || logger.includes('{tag}')

const withoutOwn = (answer: Answer): Answer => {
  const { body } = answer
  if (!answer.asked.includes('/admin/loggers') || answer.status !== 200) return answer
  // Whether the root changes depends on the level that it had at the start.
  if (Array.isArray(body)) return { ...answer, body: body.filter(logger => isShared(logger) && logger !== 'root') }
  if (typeof body !== 'object' || body === null || 'level' in body) return answer
  return { ...answer, body: Object.fromEntries(Object.entries(body).filter(([logger]) => isShared(logger))) }
}

export const loggerDifferences: readonly Difference[] = [
  {
    reason: 'Loggers are those of Millrace (`millrace`, `log`, `connector.<name>`, `connector.<name>.task-<n>`).',
    even: (connect, millrace) => [withoutOwn(connect), withoutOwn(millrace)],
  },
]
