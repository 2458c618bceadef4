import { errorMessage } from '../src/core/error.js'

/** The text of a failure as Connect's status shows it: the stage where there is one, stack, then causes; ends with a newline. */
export function traceOf(error: unknown): string {
  const parts: string[] = []
  const seen = new Set<unknown>()
  for (
    let at: unknown = error;
    at !== undefined && at !== null && !seen.has(at);
    at = (at as { cause?: unknown }).cause
  ) {
    seen.add(at)
    const { stage } = at as { readonly stage?: unknown }
    const text = at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : errorMessage(at)
    parts.push(parts.length > 0 ? `Caused by: ${text}` : typeof stage === 'string' ? `Stage ${stage}: ${text}` : text)
  }
  return `${parts.join('\n')}\n`
}
