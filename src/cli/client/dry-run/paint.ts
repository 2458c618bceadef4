/** Colours of a terminal; never the only sign of what they say. */
export type Paint = (text: string, as: keyof typeof codes) => string

const codes = { added: 32, changed: 33, removed: 31, failed: 31, quiet: 2, strong: 1 } as const

/** `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`, `--no-color`; else colours on a terminal only. */
export function painter(
  out: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Paint {
  const forced = (environment['FORCE_COLOR'] ?? '') !== '' && environment['FORCE_COLOR'] !== '0'
  const refused = noColor || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  if (noColor || (!forced && (refused || out.isTTY !== true))) return text => text
  return (text, as) => (text === '' ? '' : `\u001b[${codes[as]}m${text}\u001b[0m`)
}
