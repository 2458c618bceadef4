import { commands, type CommandName, type CommandSpec, type OptionSpec } from './commands.js'

const exitCodes =
  'Exit codes: 0 ok · 1 failure · 2 usage or invalid configuration · 3 environment · 4 partly done\n' +
  '            5 not reached in the time of --wait · 130/143 by signal\n'

/** Of one command, or of all. */
export function help(name?: CommandName): string {
  return name === undefined ? overview() : helpOf(commands[name])
}

function overview(): string {
  const rows = Object.values(commands).map((spec: CommandSpec) => [`millrace ${spec.words}`, spec.summary] as const)
  return `millrace: moves records between systems and topics, from configuration alone

Usage
${columns(rows)}
  -h, --help     this text; after a command, its own
  -V, --version  the version

${exitCodes}`
}

function helpOf(spec: CommandSpec): string {
  const options = Object.entries(spec.options).map(
    ([name, option]) => [heading(name, option), `${option.doc}${shownDefault(option)}`] as const,
  )
  return [
    `millrace ${spec.words}: ${spec.summary}\n`,
    `Usage\n  millrace ${[spec.words, spec.operands, options.length > 0 && '[options]'].filter(Boolean).join(' ')}\n`,
    ...(spec.aliases ? [`Also\n${spec.aliases.map(alias => `  millrace ${alias}\n`).join('')}`] : []),
    ...(options.length > 0 ? [`Options\n${columns(options)}`] : []),
    exitCodes,
  ].join('\n')
}

function heading(name: string, { short, value, bare }: OptionSpec): string {
  const shown = value === undefined ? '' : bare === undefined ? ` ${value}` : `[=${value}]`
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${shown}`
}

function shownDefault(option: OptionSpec): string {
  return option.default === undefined ? '' : ` (default: ${option.default})`
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
}
