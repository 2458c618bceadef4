import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, errorCode, errorMessage, type ConfigIssue } from '../../core/error.js'
import { fileText } from '../worker/file-text.js'
import { readConnectorFile, type ConnectorFile } from '../standalone/connector-file.js'

export interface FiledConnector extends ConnectorFile {
  readonly file: string
}

/** Reads what `-f` names: files, the .json and .properties files of folders, `-` for standard input. Fails with `config.invalid` and all that is wrong (I10). */
export async function readConnectorFiles(
  names: readonly string[],
  input: AsyncIterable<Buffer>,
): Promise<FiledConnector[]> {
  const issues: ConfigIssue[] = []
  const found: FiledConnector[] = []
  for (const name of names) {
    try {
      for (const file of await filesOf(name)) {
        const bytes = file === '-' ? await drain(input) : await readFile(file)
        const read = readConnectorFile(fileText(bytes))
        if (read.issues) issues.push(...read.issues.map(issue => ({ ...issue, file })))
        else found.push({ ...read.connector, file })
      }
    } catch (error) {
      const message = errorCode(error) === 'ENOENT' ? 'There is no such file.' : errorMessage(error)
      issues.push({ key: 'file', message, file: name })
    }
  }
  if (issues.length > 0) throw new ConfigError(issues)
  return found
}

async function filesOf(name: string): Promise<readonly string[]> {
  if (name === '-' || !(await stat(name)).isDirectory()) return [name]
  const entries = (await readdir(name)).filter(entry => /\.(json|properties)$/.test(entry)).toSorted()
  return entries.map(entry => join(name, entry))
}

async function drain(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(chunk)
  return Buffer.concat(chunks)
}
