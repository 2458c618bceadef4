import { readFile, stat } from 'node:fs/promises'
import { MillraceError, errorCode, errorMessage } from '../../core/error.js'
import type { ClientCommand } from '../command-line.js'
import { readPassword } from '../password-input.js'
import type { Identity } from './exchange.js'

type Options = ClientCommand['options']
type Environment = Readonly<Record<string, string | undefined>>

/** Who asks, as options and environment say; a password is never an argument. Fails with `cli.misused`. */
export async function identityOf(
  options: Options,
  environment: Environment,
  input: AsyncIterable<Buffer>,
): Promise<Identity> {
  const ca = text(options['ca']) ?? (environment['MILLRACE_CA'] || undefined)
  const user = text(options['user']) ?? (environment['MILLRACE_USER'] || undefined)
  const authority = ca === undefined ? {} : { ca: await readAuthority(ca) }
  const password = await passwordOf(options, environment, input)
  if (user === undefined) {
    if (options['password-stdin'] !== true && options['password-file'] === undefined) return authority
    throw misused('There is a password and no user.', 'Say --user, or set MILLRACE_USER.')
  }
  if (user.includes(':')) throw misused('A user has a name without colons.', 'Correct --user or MILLRACE_USER.')
  if (password === undefined)
    throw misused(
      `There is no password for ${user}.`,
      'Set MILLRACE_PASSWORD, or say --password-file or --password-stdin.',
    )
  return { ...authority, user, password }
}

async function passwordOf(
  options: Options,
  environment: Environment,
  input: AsyncIterable<Buffer>,
): Promise<string | undefined> {
  const file = text(options['password-file'])
  if (options['password-stdin'] !== true)
    return file === undefined ? environment['MILLRACE_PASSWORD'] || undefined : readPasswordFile(file)
  if (file !== undefined)
    throw misused('Two passwords are given.', 'Say --password-file or --password-stdin, not both.')
  if ([options['filename'] ?? []].flat().includes('-'))
    throw misused('Standard input cannot hold a password and a connector.', 'Use --password-file.')
  return readPassword(input)
}

async function readPasswordFile(file: string): Promise<string> {
  const { mode } = await stat(file).catch((error: unknown) => unreadable(file, error))
  // Where nobody but its owner may read it, as ssh asks of its keys.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw misused(`Others may read the password in ${file}.`, `Say chmod 600 ${file}.`)
  const bytes = await readFile(file).catch((error: unknown) => unreadable(file, error))
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

async function readAuthority(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8').catch((error: unknown) => unreadable(file, error))
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem
  throw misused(`${file} has no certificate in PEM.`, 'Name one with --ca or MILLRACE_CA.')
}

function unreadable(file: string, error: unknown): never {
  const reason = errorCode(error) === 'ENOENT' ? `There is no file ${file}.` : errorMessage(error)
  throw new MillraceError('cli.misused', reason, { cause: error })
}

const misused = (message: string, hint: string): MillraceError => new MillraceError('cli.misused', message, { hint })
const text = (option: unknown): string | undefined => (typeof option === 'string' ? option : undefined)
