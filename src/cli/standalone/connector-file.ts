import type { TargetState } from '../../core/api/connectors.js'
import type { ConfigIssue } from '../../core/error.js'
import { errorMessage } from '../../core/error.js'
import { JsonNumber, parseExact, type JsonNode } from '../../core/json/parse.js'
import { parseProperties } from '../../core/properties/parse.js'

/** A connector as a file describes it. */
export interface ConnectorFile {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly initialState?: TargetState
  /** Where in the file each key stands, from 1; empty for JSON. */
  readonly lines: ReadonlyMap<string, number>
}

export type ReadConnectorFile =
  { readonly connector: ConnectorFile; readonly issues?: undefined } | { readonly issues: readonly ConfigIssue[] }

const states: Readonly<Record<string, TargetState>> = { RUNNING: 'STARTED', PAUSED: 'PAUSED', STOPPED: 'STOPPED' }

/**
 * Reads a connector file in the order that Connect's ConnectStandalone tries (contract §3.2): a flat JSON map with
 * `name`; JSON `{name, config, initial_state}`, unknown members ignored; Java properties. What begins with a brace is
 * meant as JSON, so that its errors are told as such.
 */
export function readConnectorFile(text: string): ReadConnectorFile {
  return /^\s*\{/.test(text) ? readJson(text) : readProperties(text)
}

function readProperties(text: string): ReadConnectorFile {
  const { values, lines, issues } = parseProperties(text)
  const name = values['name'] ?? ''
  if (name !== '' && issues.length === 0) return { connector: { name, config: values, lines } }
  return { issues: [...issues, ...(name === '' ? [noName] : [])] }
}

const noName: ConfigIssue = {
  key: 'name',
  message: 'The connector has no name.',
  hint: 'Add a line name=… to the file, or in JSON a member "name".',
}

function readJson(text: string): ReadConnectorFile {
  let json: JsonNode
  try {
    json = parseExact(text)
  } catch (error) {
    return { issues: [{ key: '{', message: `This is not JSON: ${errorMessage(error)}` }] }
  }
  const members = json as Readonly<Record<string, JsonNode>>
  const nested = members['config']
  return isMap(nested) ? readRequest(members, nested) : readFlat(members, undefined)
}

const isMap = (node: JsonNode | undefined): node is Readonly<Record<string, JsonNode>> =>
  typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof JsonNumber)

function readRequest(
  members: Readonly<Record<string, JsonNode>>,
  config: Readonly<Record<string, JsonNode>>,
): ReadConnectorFile {
  const issues: ConfigIssue[] = []
  const name = typeof members['name'] === 'string' ? members['name'].trim() : ''
  const own = config['name']
  if (own !== undefined && name !== '' && own !== name)
    issues.push({
      key: 'config.name',
      message: `It says ${JSON.stringify(own)}, but the file's own name is "${name}".`,
    })
  const wanted = members['initial_state'] ?? 'RUNNING'
  const initialState = typeof wanted === 'string' ? states[wanted.toUpperCase()] : undefined
  if (initialState === undefined)
    issues.push({ key: 'initial_state', message: 'It must be one of RUNNING, PAUSED, STOPPED.' })
  const read = readFlat({ ...config, name }, initialState)
  return issues.length === 0 ? read : { issues: [...issues, ...(read.issues ?? [])] }
}

function readFlat(
  members: Readonly<Record<string, JsonNode>>,
  initialState: TargetState | undefined,
): ReadConnectorFile {
  const issues: ConfigIssue[] = []
  const config: [string, string][] = []
  for (const [key, node] of Object.entries(members)) {
    if (typeof node === 'object' && !(node instanceof JsonNumber))
      issues.push({ key, message: 'A value of a connector configuration must be text, a number or a boolean.' })
    else config.push([key, node instanceof JsonNumber ? node.text : String(node)])
  }
  const values = Object.fromEntries(config)
  const name = values['name'] ?? ''
  if (name === '') issues.push(noName)
  if (issues.length > 0) return { issues }
  return { connector: { name, config: values, lines: new Map(), ...(initialState && { initialState }) } }
}
