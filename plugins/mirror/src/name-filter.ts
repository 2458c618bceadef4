import { compileJavaRegex, errorMessage } from 'millrace/plugin'

/** Names that match one of some patterns as a whole, and none of some others. */
export type NameFilter = (name: string) => boolean

/** Lists of names and Java's regular expressions, as MirrorMaker's default filters take them. Throws what is wrong with one. */
export function nameFilter(include: readonly string[], exclude: readonly string[]): NameFilter {
  const [included, excluded] = [include, exclude].map(patterns => patterns.map(compileJavaRegex))
  return name => !!included?.some(of => of.matches(name)) && !excluded?.some(of => of.matches(name))
}

/** For a key that holds such a list. */
export function checkPatterns(patterns: readonly string[]): string | undefined {
  try {
    nameFilter(patterns, [])
    return undefined
  } catch (error) {
    return errorMessage(error)
  }
}
