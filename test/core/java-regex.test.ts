import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileJavaRegex } from '../../src/core/java-regex.js'

interface MatchCase {
  readonly pattern: string
  readonly matches?: readonly string[]
  readonly error?: string
}

interface ReplaceCase {
  readonly pattern: string
  readonly text: string
  readonly replacement: string
  readonly result?: string
  readonly error?: string
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/java-regex/cases.json', import.meta.url), 'utf8'),
) as readonly ({ readonly texts: readonly string[] } | MatchCase | ReplaceCase)[]
const texts = cases.flatMap(of => ('texts' in of ? of.texts : []))
const patterns = cases.filter((of): of is MatchCase => 'pattern' in of && !('replacement' in of))
const replacements = cases.filter((of): of is ReplaceCase => 'replacement' in of)

/** What Java takes and is refused here, patterns and `pattern replacement`, each with words of the reason. */
const refused: Readonly<Record<string, string>> = {
  '(a)?\\1': 'may not have matched',
  '\\1(a)': 'may not have matched',
  '(a)\\2': 'may not have matched',
  '(a)|\\1b': 'may not have matched',
  '(?:(a)|b)+\\1': 'may not have matched',
  '(?<=(a))\\1?b': 'a group within',
  '(?i)(a)\\1': 'ignores case',
  '(?iu)s': '(?iu)',
  '(?U)\\w+': '(?U',
  '\\X': '\\X',
  '\\N{LATIN SMALL LETTER A}': '\\N',
  '\\b{g}a': '\\b{g}',
  '\\p{InGreek}': '\\p{InGreek}',
  '\\p{IsHex_Digit}': '\\p{IsHex_Digit}',
  '(?i)\\p{Lu}': '\\p{Lu}',
  '(?i)\\p{javaLowerCase}': '\\p{javaLowerCase}',
  '(?<=a*)b': 'without a greatest length',
  '(?<=a++)b': 'within a look-behind',
  '(?>(?:a?b?)*)': 'within an atomic group',
  '(?:a?)*+b': 'within an atomic group',
  'a{2}{3}': 'repeats a repetition',
  '[a&&]': 'lacks one of its sides',
  '[&&a]': 'lacks one of its sides',
  '[a&&&b]': 'lacks one of its sides',
  '[a&&&&]': 'lacks one of its sides',
  '[a-z&&[ab]c&&d]': 'a nested class, then characters',
  '[\\v-a]': '\\v at the start',
  '(?x)[a b]': 'blanks or comments',
  '(?x)( ?:a)': 'nothing to repeat',
  '((a)|b)+ [$2]': 'uses group 2',
  '(a*)* [$1]': 'uses group 1',
  '(?:|a)+ X': 'may be empty',
  '(?!(b))a [$1]': 'uses group 1',
  '(?<=(a))b [$1]': 'uses group 1',
  '(?:(a)|b){2}c [$1]': 'uses group 1',
  '(?:(?:(a)|x)b)+ $1': 'uses group 1',
}

const refusal = (why: string) =>
  expect.objectContaining({ code: 'config.regex_invalid', message: expect.stringContaining(why) as string }) as Error

/** The word of the reason where a case must be refused: any reason where Java refuses too. */
const reason = (key: string, error: string | undefined) => (error === undefined ? refused[key] : '')
const matching = patterns.map(of => ({ ...of, why: reason(of.pattern, of.error) }))
const replacing = replacements.map(of => ({ ...of, why: reason(`${of.pattern} ${of.replacement}`, of.error) }))

test.each(matching.filter(of => of.why === undefined))(
  '$pattern matches the same whole texts as in Java',
  ({ pattern, matches }) => {
    const regex = compileJavaRegex(pattern)
    expect(texts.filter(text => regex.matches(text))).toEqual(matches)
  },
)

test.each(matching.filter(of => of.why !== undefined))('$pattern is refused: $error$why', ({ pattern, why }) => {
  expect(() => compileJavaRegex(pattern)).toThrow(refusal(why ?? ''))
})

test.each(replacing.filter(of => of.why === undefined))(
  '$pattern replaced by $replacement gives the same text as in Java',
  ({ pattern, text, replacement, result }) => {
    expect(compileJavaRegex(pattern).replaceFirst(text, replacement)).toBe(result)
  },
)

test.each(replacing.filter(of => of.why !== undefined))(
  '$pattern replaced by $replacement is refused: $error$why',
  ({ pattern, replacement, why }) => {
    expect(() => compileJavaRegex(pattern).replacer(replacement)).toThrow(refusal(why ?? ''))
  },
)

test('a refusal names the pattern, and it has a hint', () => {
  expect(() => compileJavaRegex('a\\X')).toThrow(
    expect.objectContaining({
      code: 'config.regex_invalid',
      message: 'The Java regular expression "a\\X" cannot be used: \\X cannot be used here.',
      hint: 'Write it without the construct that is named.',
    }) as Error,
  )
})

test('a text is matched as a whole even where a line ends within it', () => {
  const regex = compileJavaRegex('orders|payments')
  expect(regex.matches('payments')).toBe(true)
  expect(regex.matches('payments\nx')).toBe(false)
  expect(regex.matches('x\norders')).toBe(false)
})
