import { MillraceError } from '../error.js'

/** A Java pattern, parsed. Sets are already JavaScript text (of a class or one character, under the `v` flag). */
export type Node =
  | { readonly kind: 'set'; readonly text: string }
  /** Matches without taking anything: an anchor, a word boundary. */
  | { readonly kind: 'anchor'; readonly text: string }
  /** `\R`. */
  | { readonly kind: 'lineBreak' }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alternation'; readonly options: readonly Node[] }
  /** `number` as Java counts. */
  | { readonly kind: 'capture'; readonly number: number; readonly body: Node }
  | { readonly kind: 'reference'; readonly number: number }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly body: Node }
  | { readonly kind: 'atomic'; readonly body: Node }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      /** `Infinity` where there is no end. */
      readonly max: number
      readonly lazy: boolean
    }

export interface Parsed {
  readonly root: Node
  readonly groupCount: number
  readonly groupNames: ReadonlyMap<string, number>
}

/** A pattern or replacement in Java syntax that is wrong, or cannot be translated. Never a guess. */
export function invalidRegex(text: string, what: string): MillraceError {
  return new MillraceError('config.regex_invalid', `The Java regular expression "${text}" cannot be used: ${what}.`, {
    hint: 'Write it without the construct that is named.',
  })
}

/** One character, or one member of a class, that stands for itself under the `v` flag. */
export function literal(codePoint: number): string {
  const char = String.fromCodePoint(codePoint)
  return /^[A-Za-z0-9]$/.test(char) ? char : `\\u{${codePoint.toString(16)}}`
}
