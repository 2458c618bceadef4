import { compileJavaRegex, errorMessage } from 'millrace/plugin'

/** The check of a key that holds a Java regular expression. */
export function checkRegex(pattern: string): string | undefined {
  try {
    compileJavaRegex(pattern)
    return undefined
  } catch (error) {
    return `Invalid regex: ${errorMessage(error)}`
  }
}
