import { open } from 'node:fs/promises'
import { errorCode, errorMessage } from 'millrace/plugin'
import type { PluginLogger } from 'millrace/plugin'
import type { SignalRow } from './signals.js'

/** Takes the signals out of a file: a JSON object with `id`, `type` and `data` on each line. It is empty then. None where it is missing; what cannot be read is told. */
export async function takeSignals(path: string, logger: PluginLogger): Promise<readonly SignalRow[]> {
  const lines = await takeLines(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT')
      logger.warn('The file of signals cannot be read', { file: path, because: errorMessage(error) })
    return []
  })
  return lines.flatMap(line => {
    const row = signalOf(line)
    if (row === undefined) logger.warn('A line of the file of signals is ignored: it is no signal', { line })
    return row ?? []
  })
}

async function takeLines(path: string): Promise<readonly string[]> {
  const file = await open(path, 'r+')
  try {
    const text = await file.readFile('utf8')
    if (text !== '') await file.truncate(0)
    return text.split('\n').filter(line => line.trim() !== '')
  } finally {
    await file.close()
  }
}

function signalOf(line: string): SignalRow | undefined {
  try {
    const { id, type, data } = JSON.parse(line) as Readonly<Record<string, unknown>>
    if (typeof id !== 'string' || typeof type !== 'string') return undefined
    if (data === undefined || data === null) return { id, type, data: null }
    return { id, type, data: typeof data === 'string' ? data : JSON.stringify(data) }
  } catch {
    return undefined
  }
}
