import { errorCode, errorMessage, type ConfigIssue } from '../core/error.js'

/** An error as people read it: code and where, sentence, what to do; every issue of a configuration by itself. */
export function failureText(error: unknown): string {
  const { issues, hint, file } = error as { issues?: readonly ConfigIssue[]; hint?: unknown; file?: unknown }
  const code = errorCode(error)
  if (issues !== undefined && issues.length > 0) return issues.map(issue => issueText(`✗ ${code}`, issue)).join('')
  const where = typeof file === 'string' ? `  ${file}` : ''
  return `✗ ${code}${where}\n  ${errorMessage(error)}\n${typeof hint === 'string' ? `→ ${hint}\n` : ''}`
}

/** `✗ code  file:line: key` (operator-experience §3.2). */
function issueText(head: string, { key, message, hint, file, line }: ConfigIssue): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `
  return `${head}  ${place}${key}\n  ${message}\n${hint === undefined ? '' : `→ ${hint}\n`}`
}

/** What is accepted and changes nothing. */
export const warningText = (issue: ConfigIssue): string => issueText('! config.ignored', issue)
