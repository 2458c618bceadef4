import { compileJavaRegex, errorMessage } from 'millrace/plugin'
import type { ConfigIssue } from 'millrace/plugin'

/** The check of a key that holds a Java regular expression. */
export function checkRegex(pattern: string): string | undefined {
  try {
    compileJavaRegex(pattern)
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}

/** What is wrong with a replacement, which only the expression it goes with can tell: `$2` where that has one group. */
export function replacementIssues(pattern: string, replacement: string, key: string): readonly ConfigIssue[] {
  try {
    compileJavaRegex(pattern).replacer(replacement)
    return []
  } catch (error) {
    return [{ key, message: errorMessage(error) }]
  }
}
