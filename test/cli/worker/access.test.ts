import { expect, test } from 'vitest'
import { accessFields, basicAuthExtension, readAccess } from '../../../src/cli/worker/access.js'
import { parseFields } from '../../../src/core/config/parse.js'

const hash = '$scrypt$ln=15,r=8,p=3$MDEyMzQ1Njc4OWFiY2RlZg$BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc'
const module = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'
const usersFile = 'millrace.rest.users.file'
const jaasFile = 'millrace.rest.jaas.file'
const extension = { 'rest.extension.classes': ` ${basicAuthExtension} ` }

function read(raw: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const { values, issues } = parseFields(accessFields, raw)
  expect(issues).toEqual([])
  const access = readAccess(values, path => {
    if (path === '/locked') throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    const text = files[path]
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    return Buffer.from(text)
  })
  return {
    ...access,
    users: access.users?.map(({ name, role, password: { kind, secret } }) => [name, role, kind, secret.reveal()]),
  }
}
const messages = (...given: Parameters<typeof read>) => read(...given).issues.map(({ key, message }) => [key, message])

test('without any of the keys nobody has to log in', () => {
  expect(read({})).toEqual({ users: undefined, issues: [], warnings: [] })
  expect(read({ 'rest.extension.classes': '' }).users).toBeUndefined()
})

test('the extension alone is refused, for it does not say who may log in', () => {
  const { users, issues } = read(extension)
  expect(users).toBeUndefined()
  expect(issues).toEqual([
    {
      key: 'rest.extension.classes',
      message: expect.stringContaining('not said who may log in'),
      hint: expect.stringContaining(usersFile),
    },
  ])
})

test.each([extension, {}])('users with roles and hashes are read, with the extension or without', raw => {
  const text = `# staff\n\n alice:write:${hash}\r\nbob:read:${hash}`
  expect(read({ ...raw, [usersFile]: '/u' }, { '/u': text })).toEqual({
    users: [
      ['alice', 'write', 'hashed', hash],
      ['bob', 'read', 'hashed', hash],
    ],
    issues: [],
    warnings: [],
  })
})

test('every line that cannot be used is told by its number, and nothing of it is quoted', () => {
  const text = `alice=s3cret-1\n:write:${hash}\nbob:admin:${hash}\ncarl:read:s3cret-2\ndora:read:${hash}\ndora:write:${hash}\ned:read:${hash}:x`
  const found = messages({ [usersFile]: '/u' }, { '/u': text })
  expect(found.map(([, message]) => message)).toEqual([
    '/u: Line 1 is not of the form USER:ROLE:HASH.',
    '/u: Line 2 is not of the form USER:ROLE:HASH.',
    '/u: Line 3: the role is neither read nor write.',
    '/u: Line 4 has no hash that can be used; millrace user hash makes one.',
    '/u: Line 6 names a user that an earlier line names.',
    '/u: Line 7 is not of the form USER:ROLE:HASH.',
  ])
  expect(new Set(found.map(([key]) => key))).toEqual(new Set([usersFile]))
})

test.each([usersFile, jaasFile])('%s that is missing, or may not be read, is told', key => {
  expect(messages({ [key]: '/none' })).toEqual([[key, 'There is no file /none.']])
  expect(messages({ [key]: '/locked' })).toEqual([[key, '/locked cannot be read: EACCES: permission denied.']])
})

test('a file without users lets nobody in, and is refused', () => {
  expect(messages({ [usersFile]: '/u' }, { '/u': '# nobody\n' })).toEqual([[usersFile, '/u: It names no user.']])
  const jaas = `KafkaConnect { ${module} required file="/creds"; };`
  expect(messages({ [jaasFile]: '/j' }, { '/j': jaas, '/creds': '' })).toEqual([
    [jaasFile, '/creds: It names no user.'],
  ])
})

test("the file that Connect's login configuration names has passwords as they are, of users who may write", () => {
  const jaas = `KafkaClient { x required; };\nKafkaConnect {\n  ${module} required\n  file="/creds";\n};`
  const answer = read(
    { ...extension, [jaasFile]: '/j' },
    { '/j': jaas, '/creds': 'alice=wonder land\nb\\:b : \\u00e9=\n' },
  )
  expect(answer.users).toEqual([
    ['alice', 'write', 'plain', 'wonder land'],
    ['b:b', 'write', 'plain', 'é='],
  ])
  expect(answer.issues).toEqual([])
  expect(answer.warnings).toEqual([
    { key: jaasFile, message: 'Passwords stand as they are in /creds.', hint: `Use ${usersFile}.` },
  ])
})

test.each([
  ['KafkaConnect {', /begin with the class/],
  [`Other { ${module} required file="/creds"; };`, /no entry KafkaConnect/],
  ['KafkaConnect { };', /no entry KafkaConnect/],
  ['KafkaConnect { com.example.Ldap required file="/creds"; };', /not one .*PropertyFileLoginModule/],
  [`KafkaConnect { ${module} required; };`, /not one .*PropertyFileLoginModule/],
  [`KafkaConnect { ${module} required file=" "; };`, /not one .*PropertyFileLoginModule/],
  [`KafkaConnect { ${module} required file="/creds"; x.Y required; };`, /not one .*PropertyFileLoginModule/],
  [`KafkaConnect { ${module} required file="/none"; };`, /no file \/none/],
  [`KafkaConnect { ${module} required file="/bad"; };`, /\/bad: Line 1 cannot be read/],
])('the login configuration %j is refused', (jaas, message) => {
  const files = { '/j': jaas, '/creds': 'a=s3cret', '/bad': 'a=s3cret\\u12' }
  const found = messages({ [jaasFile]: '/j' }, files)
  expect(found[0]).toEqual([jaasFile, expect.stringMatching(message)])
  expect(JSON.stringify(found)).not.toContain('s3cret')
})

test('two files are one too many', () => {
  expect(messages({ [usersFile]: '/u', [jaasFile]: '/j' })).toEqual([[jaasFile, `It is set, and so is ${usersFile}.`]])
})
