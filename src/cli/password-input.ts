import { MillraceError } from '../core/error.js'

const mostBytes = 4_096

/** All of the input, without the line break at its end. Fails with `cli.misused` where it is no password that anybody has. */
export async function readPassword(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new MillraceError('cli.misused', `A password has at most ${mostBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
