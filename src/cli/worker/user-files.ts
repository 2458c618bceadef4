import { roles, type User } from '../../core/api/users.js'
import { Secret } from '../../core/config/field.js'
import { parsePasswordHash } from '../../core/password-hash.js'
import { parseProperties } from '../../core/properties/parse.js'

/** Who may log in, and all that is wrong, each a sentence that quotes nothing of the file (I8). */
export interface ReadUsers {
  /** To be used only where `problems` is empty. */
  readonly users: readonly User[]
  readonly problems: readonly string[]
}

/** The properties file of Connect's PropertyFileLoginModule: `<user>=<password>`, as they are. */
export function readCredentials(bytes: Buffer): ReadUsers {
  const { values, issues } = parseProperties(bytes.toString('latin1'))
  const users = Object.entries(values).map(([name, password]): User => ({
    name,
    role: 'write',
    password: { kind: 'plain', secret: new Secret(password) },
  }))
  return { users, problems: [...issues.map(({ line }) => `Line ${line} cannot be read.`), ...none(users)] }
}

/** Lines of `<user>:<read|write>:<hash>` in UTF-8, empty ones and comments with `#` between them. */
export function readUserLines(bytes: Buffer): ReadUsers {
  const users = new Map<string, User>()
  const problems: string[] = []
  for (const [at, raw] of bytes.toString('utf8').split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const where = `Line ${at + 1}`
    const [name = '', wanted, hash, ...rest] = line.split(':')
    const role = roles.find(one => one === wanted)
    if (name === '' || hash === undefined || rest.length > 0)
      problems.push(`${where} is not of the form USER:ROLE:HASH.`)
    else if (role === undefined) problems.push(`${where}: the role is neither read nor write.`)
    else if (parsePasswordHash(hash) === undefined)
      problems.push(`${where} has no hash that can be used; millrace user hash makes one.`)
    else if (users.has(name)) problems.push(`${where} names a user that an earlier line names.`)
    else users.set(name, { name, role, password: { kind: 'hashed', secret: new Secret(hash) } })
  }
  return { users: [...users.values()], problems: problems.length > 0 ? problems : none([...users.values()]) }
}

/** Connect lets everybody in where its file is empty. */
const none = (users: readonly User[]): readonly string[] => (users.length === 0 ? ['It names no user.'] : [])
