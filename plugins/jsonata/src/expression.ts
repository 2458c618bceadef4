import jsonata from 'jsonata'
import { field, parseJson, rejected, type Value } from 'millrace/plugin'
import { builtIn, namesOf } from './names.js'
import { plainOf } from './plain.js'

/** What an expression may name beside `$`. */
export const variables = ['value', 'key', 'topic', 'partition', 'offset', 'timestamp', 'headers'] as const

/** Calls within calls; JSONata's own tail calls do not count. */
const depthMax = 500
/** Elements of a list that an expression builds. */
const elementsMax = 1_000_000

/** What a transform and a predicate have in common. */
export const expressionFields = {
  expression: field.string({
    doc: 'The JSONata expression. `$` is the value; `$key`, `$topic`, `$partition`, `$offset`, `$timestamp` and `$headers` are the rest of the record.',
    importance: 'high',
    check: expressionProblem,
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

const own = { digits: [digits, '<x-:s>'], parse: [parse, '<s-:x>'] } as const

/** What keeps a text from being an expression, and where: its syntax, or a name that nothing has (which would be nothing, without a word). */
export function expressionProblem(text: string): string | undefined {
  try {
    const { used, bound } = namesOf(jsonata(text).ast())
    const known = new Set([...bound, ...builtIn, ...variables, ...Object.keys(own)])
    const [stranger] = [...used].filter(([name]) => !known.has(name))
    if (stranger === undefined) return undefined
    const [name, position] = stranger
    return `There is no $${name}. ${place({ position }, text)}`
  } catch (error) {
    return `${sentence(error)} ${place(error, text)}`.trim()
  }
}

export function compile(text: string, timeoutMs: number): Expression {
  const compiled = jsonata(text, { timeout: timeoutMs, stack: depthMax, sequence: elementsMax })
  for (const [name, [run, signature]] of Object.entries(own)) compiled.registerFunction(name, run, signature)
  const { used } = namesOf(compiled.ast())
  // What `$eval` evaluates may name any.
  const uses = new Set(variables.filter(name => used.has(name) || used.has('eval')))
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
