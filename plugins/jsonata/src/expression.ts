import jsonata from 'jsonata'
import { field, parseJson, rejected, type Value } from 'millrace/plugin'
import { plainOf } from './plain.js'

/** Calls within calls; JSONata's own tail calls do not count. */
const depthMax = 500
/** Elements of a list that an expression builds. */
const elementsMax = 1_000_000

/** What a transform and a predicate have in common. */
export const expressionFields = {
  expression: field.string({
    doc: 'The JSONata expression. `$` is the value; `$key`, `$topic`, `$partition`, `$offset`, `$timestamp` and `$headers` are the rest of the record.',
    importance: 'high',
    check: syntaxProblem,
  }),
  'timeout.ms': field.int({
    doc: 'How long the expression may take for one record, in milliseconds; then the record fails.',
    default: 1_000,
    min: 1,
    importance: 'low',
  }),
} as const

export interface Expression {
  /** Which of the variables it names, so that the others need not be made. */
  readonly uses: ReadonlySet<string>
  /** Rejects with the record's fault, and where in the expression it shows. */
  evaluate(input: unknown, variables: Readonly<Record<string, unknown>>): Promise<unknown>
}

/** What keeps a text from being an expression, and where. */
export function syntaxProblem(text: string): string | undefined {
  try {
    jsonata(text)
    return undefined
  } catch (error) {
    return `${sentence(error)} ${place(error, text)}`
  }
}

/** `variables`: those that there are. */
export function compile(text: string, timeoutMs: number, variables: readonly string[]): Expression {
  const compiled = jsonata(text, { timeout: timeoutMs, stack: depthMax, sequence: elementsMax })
  compiled.registerFunction('digits', digits, '<x-:s>')
  compiled.registerFunction('parse', parse, '<s-:x>')
  const named = namesIn(compiled.ast())
  // What it evaluates may name any.
  const uses = new Set(variables.filter(name => named.has(name) || named.has('eval')))
  return {
    uses,
    async evaluate(input, bindings) {
      try {
        return await (compiled.evaluate(input, bindings) as Promise<unknown>)
      } catch (error) {
        throw failure(error, text)
      }
    },
  }
}

/** The digits of an integer of any size. */
function digits(value: unknown): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value)
  throw new TypeError('$digits takes an integer')
}

/** Data of JSON text; unlike `$eval` it takes nothing else, so that what a record holds is never run. */
function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : plainOf(parseJson(text) as Value)
}

/** Every name after a `$`, functions included. */
function namesIn(ast: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(ast)) for (const node of ast) namesIn(node, found)
  else if (typeof ast === 'object' && ast !== null) {
    const { type, value } = ast as { readonly type?: unknown; readonly value?: unknown }
    if (type === 'variable' && typeof value === 'string') found.add(value)
    for (const node of Object.values(ast)) namesIn(node, found)
  }
  return found
}

/** What JSONata has for a function. */
export function isFunction(result: object): boolean {
  return '_jsonata_lambda' in result || '_jsonata_function' in result
}

function failure(error: unknown, text: string): Error {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  const message = `${sentence(error)} ${place(error, text)}`.trim()
  const isBig = error instanceof TypeError && error.message.includes('BigInt')
  return rejected(message, {
    code:
      typeof code === 'string' && !code.includes('.')
        ? `jsonata.${code}`
        : ((code as string | undefined) ?? 'jsonata.failed'),
    // What it throws is no error, or holds the whole evaluation.
    ...(isBig && { hint: 'It is an integer beyond 2^53: $digits(…) is its text.' }),
  })
}

function sentence(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown }
  const text = typeof message === 'string' && message !== '' ? message : String(error)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** JSONata counts the characters to the end of what it names, from 1. */
function place(error: unknown, text: string): string {
  const { position } = (error ?? {}) as { readonly position?: unknown }
  if (typeof position !== 'number') return ''
  const before = text.slice(0, position)
  const line = before.split('\n').length
  const column = position - (before.lastIndexOf('\n') + 1)
  return line === 1 && !text.includes('\n') ? `(character ${position})` : `(line ${line}, character ${column})`
}
