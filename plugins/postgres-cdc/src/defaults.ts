import type { CdcType } from '@millrace/relational'
import type { Value } from 'millrace/plugin'

/**
 * What a column's default is in a schema: a constant as it is; of a function (`now()`, `nextval(…)`) the zero of the type, which only says
 * that there is one. Undefined where there is none.
 */
export function defaultValue(expression: string | undefined, type: CdcType): Value | undefined {
  if (expression === undefined || /^\(?NULL\b/i.test(expression)) return undefined
  const text = constantText(expression)
  if (text === undefined) return type.zero
  try {
    return type.read(text)
  } catch {
    return type.zero
  }
}

/** `'a'::text`, `5`, `(-5)`, `true`, `B'101'::"bit"`, `('2'::text)::numeric`; undefined for anything else. */
function constantText(expression: string): string | undefined {
  let text = expression.trim()
  for (;;) {
    const inner = /^\((.*)\)$/s.exec(text)?.[1] ?? /^(.*)::[\w\s".[\]()]+$/s.exec(text)?.[1]
    if (inner === undefined || !isBalanced(inner)) break
    text = inner.trim()
  }
  const quoted = /^[BbEe]?'((?:[^']|'')*)'$/s.exec(text)
  if (quoted !== null) return quoted[1]!.replaceAll("''", "'")
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text
  if (/^(true|false)$/i.test(text)) return text[0]!.toLowerCase()
  return undefined
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const char of text.replace(/'(?:[^']|'')*'/g, '')) {
    if (char === '(') depth++
    if (char === ')' && --depth < 0) return false
  }
  return depth === 0
}
