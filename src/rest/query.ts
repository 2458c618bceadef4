/** A flag in a query as Java reads it: `true` in any case, everything else is false; nothing after the sign counts as absent, of several the first counts (contract §1.1). */
export function flag(value: string | readonly string[] | undefined, otherwise = false): boolean {
  const text = typeof value === 'object' ? value[0] : value
  return text === undefined || text === '' ? otherwise : text.toLowerCase() === 'true'
}
