import type { User } from '../../core/api/users.js'
import { field, type ConfigFields, type ConfigOf } from '../../core/config/field.js'
import { errorCode, errorMessage, type ConfigIssue } from '../../core/error.js'
import { parseJaasFile } from '../../core/jaas.js'
import { readCredentials, readUserLines, type ReadUsers } from './user-files.js'

const basicAuthPackage = 'org.apache.kafka.connect.rest.basic.auth.extension'
/** The one extension of Connect's that is known here: everybody has to log in. */
export const basicAuthExtension = `${basicAuthPackage}.BasicAuthSecurityRestExtension`
const loginModule = `${basicAuthPackage}.PropertyFileLoginModule`

/** The keys of a worker file that say who may use the REST API. */
export const accessFields = {
  'rest.extension.classes': field.list({
    doc: `Who has to log in: nobody, or everybody with ${basicAuthExtension}.`,
    default: [],
  }),
  'millrace.rest.users.file': field.string({
    doc: 'Who may log in: lines of USER:ROLE:HASH, which millrace user hash makes; the role is read or write.',
    optional: true,
    nonEmpty: true,
  }),
  'millrace.rest.jaas.file': field.string({
    doc: "The JVM's login configuration (java.security.auth.login.config) whose entry KafkaConnect names the file with users and passwords.",
    optional: true,
    nonEmpty: true,
  }),
} as const satisfies ConfigFields

/** Fails with the reason where there is no such file, or it may not be read. */
export type ReadFile = (path: string) => Buffer

export interface ReadAccess {
  /** Undefined: nobody has to log in. To be used only where `issues` is empty. */
  readonly users?: readonly User[]
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigIssue[]
}

const usersKey = 'millrace.rest.users.file'
const jaasKey = 'millrace.rest.jaas.file'

/** Reads who may log in. Whoever names users wants them to log in, with the extension or without. */
export function readAccess(values: ConfigOf<typeof accessFields>, readFile: ReadFile): ReadAccess {
  const { [usersKey]: users, [jaasKey]: jaas } = values
  if (users !== undefined && jaas !== undefined)
    return refused(jaasKey, `It is set, and so is ${usersKey}.`, 'Remove one of the two.')
  if (users !== undefined) return usersOf(usersKey, users, readUserLines, readFile)
  if (jaas !== undefined) return throughJaas(jaas, readFile)
  if (!values['rest.extension.classes']?.includes(basicAuthExtension)) return { issues: [], warnings: [] }
  return refused(
    'rest.extension.classes',
    'It is not said who may log in: there is no JVM here that -Djava.security.auth.login.config could be given to.',
    `Set ${jaasKey} to the file that it names, or ${usersKey} to a file with hashed passwords.`,
  )
}

function throughJaas(path: string, readFile: ReadFile): ReadAccess {
  const bytes = open(path, readFile)
  if (typeof bytes === 'string') return refused(jaasKey, bytes)
  const { modules, problem } = parseJaasFile(bytes.toString('utf8'), 'KafkaConnect')
  if (problem !== undefined) return refused(jaasKey, `${path} cannot be read as a login configuration. ${problem}`)
  const [module, ...others] = modules
  if (module === undefined) return refused(jaasKey, `${path} has no entry KafkaConnect with a login module.`)
  const file = module.options.get('file')?.trim()
  if (others.length > 0 || module.module !== loginModule || !file)
    return refused(
      jaasKey,
      `The entry KafkaConnect of ${path} is not one ${loginModule} with a file.`,
      `Other login modules are Java classes; use ${usersKey}, a file with hashed passwords.`,
    )
  const answer = usersOf(jaasKey, file, readCredentials, readFile)
  const plain = { key: jaasKey, message: `Passwords stand as they are in ${file}.`, hint: `Use ${usersKey}.` }
  return { ...answer, warnings: answer.issues.length === 0 ? [plain] : [] }
}

function usersOf(key: string, path: string, read: (bytes: Buffer) => ReadUsers, readFile: ReadFile): ReadAccess {
  const bytes = open(path, readFile)
  if (typeof bytes === 'string') return refused(key, bytes)
  const { users, problems } = read(bytes)
  return { users, issues: problems.map(problem => ({ key, message: `${path}: ${problem}` })), warnings: [] }
}

function open(path: string, readFile: ReadFile): Buffer | string {
  try {
    return readFile(path)
  } catch (error) {
    return errorCode(error) === 'ENOENT'
      ? `There is no file ${path}.`
      : `${path} cannot be read: ${errorMessage(error)}.`
  }
}

function refused(key: string, message: string, hint?: string): ReadAccess {
  return { issues: [{ key, message, ...(hint !== undefined && { hint }) }], warnings: [] }
}
