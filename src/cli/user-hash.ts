import { randomBytes, scrypt } from 'node:crypto'
import { MillraceError } from '../core/error.js'
import { formatPasswordHash, memoryOf, passwordCost } from '../core/password-hash.js'
import type { UserHashCommand } from './command-line.js'
import { failureText } from './failure-text.js'
import { readPassword } from './password-input.js'

const saltBytes = 16
const hashBytes = 32

/** Prints the line on standard output. Gives the exit code. */
export async function runUserHash({ user, role }: UserHashCommand): Promise<number> {
  try {
    const password = await readPassword(process.stdin)
    if (password === '') throw new MillraceError('cli.misused', 'There is no password on standard input.')
    process.stdout.write(`${user}:${role}:${await hashPassword(password)}\n`)
    return 0
  } catch (error) {
    process.stderr.write(failureText(error))
    return 2
  }
}

function hashPassword(password: string): Promise<string> {
  const { logN, blockSize: r, parallelization: p } = passwordCost
  const salt = randomBytes(saltBytes)
  const cost = { N: 2 ** logN, r, p, maxmem: 2 * memoryOf(passwordCost) }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, cost, (error, hash) =>
      error ? reject(error) : resolve(formatPasswordHash({ ...passwordCost, salt, hash })),
    )
  })
}
