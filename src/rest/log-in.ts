import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Role, User } from '../core/api/users.js'
import { ConfigError } from '../core/error.js'
import { memoryOf, parsePasswordHash, type PasswordHash } from '../core/password-hash.js'
import type { Credentials } from './credentials.js'

/** `busy`: more log-ins wait than may. */
export type LogIn = { readonly role: Role } | 'refused' | 'busy'

/** scrypt takes a processor and tens of MB for a tenth of a second: no more than this at once, in the process's four threads. */
const atOnce = 2
const mostWaiting = 32

interface Known {
  readonly role: Role
  readonly hash?: PasswordHash
  /** Of the right password, once that is known: who has logged in pays for it no more. */
  digest?: Buffer
}

/** Who may log in. Neither passwords nor what they are compared with leave it (I8), and its answers take as long for users that there are not. */
export class LogIns {
  readonly #users: ReadonlyMap<string, Known>
  /** In place of a user that there is not. */
  readonly #nobody: Known
  readonly #key = randomBytes(32)
  readonly #waiting: (() => void)[] = []
  #running = 0

  /** Fails with `config.invalid` where a hash is none. */
  constructor(users: readonly User[]) {
    this.#users = new Map(users.map(user => [user.name, this.#known(user)]))
    const { hash } = [...this.#users.values()].find(known => known.hash !== undefined) ?? {}
    this.#nobody = hash === undefined ? { role: 'read', digest: randomBytes(32) } : { role: 'read', hash }
  }

  async check({ user, password }: Credentials): Promise<LogIn> {
    const known = this.#users.get(user)
    const right = await this.#matches(known ?? this.#nobody, this.#digest(password), password)
    if (right === 'busy') return right
    return right && known !== undefined ? { role: known.role } : 'refused'
  }

  async #matches(known: Known, digest: Buffer, password: string): Promise<boolean | 'busy'> {
    if (known.digest !== undefined && timingSafeEqual(known.digest, digest)) return true
    if (known.hash === undefined) return false
    if (!(await this.#turn())) return 'busy'
    try {
      const right = timingSafeEqual(await hashAgain(password, known.hash), known.hash.hash)
      if (right && known !== this.#nobody) known.digest = digest
      return right
    } finally {
      // Whose turn comes next takes it over, so that nobody slips in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  /** False where too many wait already (I6). */
  async #turn(): Promise<boolean> {
    if (this.#running < atOnce) {
      this.#running++
      return true
    }
    if (this.#waiting.length >= mostWaiting) return false
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    return true
  }

  #known({ name, role, password }: User): Known {
    if (password.kind === 'plain') return { role, digest: this.#digest(password.secret.reveal()) }
    const hash = parsePasswordHash(password.secret.reveal())
    if (hash !== undefined) return { role, hash }
    throw new ConfigError([
      { key: 'users', message: `The password of user ${name} is not hashed in a form that can be used.` },
    ])
  }

  /** Under a key of this process alone: what is kept in memory says nothing of a password. */
  #digest(password: string): Buffer {
    return createHmac('sha256', this.#key).update(password).digest()
  }
}

function hashAgain(password: string, like: PasswordHash): Promise<Buffer> {
  const cost = { N: 2 ** like.logN, r: like.blockSize, p: like.parallelization, maxmem: 2 * memoryOf(like) }
  return new Promise((resolve, reject) => {
    scrypt(password, like.salt, like.hash.length, cost, (error, hash) => (error ? reject(error) : resolve(hash)))
  })
}
