import { readFile } from 'node:fs/promises'
import { fileText } from './cli/worker/file-text.js'
import { errorCode, errorMessage, type ConfigIssue } from './core/error.js'

/** The text of a file that a command was given, or why it cannot be had. */
export async function readText(file: string): Promise<string | ConfigIssue> {
  try {
    return fileText(await readFile(file))
  } catch (error) {
    const message = errorCode(error) === 'ENOENT' ? 'There is no such file.' : errorMessage(error)
    return { key: 'file', message, file }
  }
}
