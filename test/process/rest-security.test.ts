import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificates, type Certificates } from '../servers/kafka/certificates.js'
import { describeWithJava } from '../servers/shared/suites.js'
import { runMillrace, startWorkerProcess, type NodeProcess } from './node-process.js'

const converter = 'org.apache.kafka.connect.storage.StringConverter'
const extension = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'
const module = 'org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule'
const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url))
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'millrace-security-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

async function worker(name: string, ...lines: string[]): Promise<string> {
  const path = join(home, `${name}.properties`)
  const offsets = `offset.storage.file.filename=${join(home, name)}`
  await writeFile(path, [`key.converter=${converter}`, `value.converter=${converter}`, offsets, ...lines].join('\n'))
  return path
}

/** Runs `millrace` with something on its standard input. */
async function millrace(words: readonly string[], input: string): Promise<{ code: unknown; out: string }> {
  const child = spawn(process.execPath, [main, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
  const out = text(child.stdout)
  const ended = once(child, 'close')
  child.stdin.end(input)
  const [code] = (await ended) as [number]
  return { code, out: await out }
}

async function during<T>(node: NodeProcess, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } finally {
    await node.end('SIGTERM')
  }
}

test('users of a file with hashes log in, by the line that user hash makes', async () => {
  const { code, out: line } = await millrace(['user', 'hash', 'alice'], 'wonder länd\n')
  expect([code, line]).toEqual([0, expect.stringMatching(/^alice:write:\$scrypt\$ln=15,r=8,p=3\$\S+\n$/)])
  await writeFile(join(home, 'users'), line)
  const path = await worker(
    'hashed',
    'listeners=http://localhost:0',
    `rest.extension.classes=${extension}`,
    `millrace.rest.users.file=${join(home, 'users')}`,
  )
  const node = await startWorkerProcess(['standalone', path])
  await during(node, async () => {
    const ask = (headers?: Record<string, string>) => fetch(`${node.url}/connectors`, { headers: { ...headers } })
    const refused = await ask()
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Basic /)])
    expect((await ask(basic('alice', 'guess-1'))).status).toBe(401)
    expect((await ask(basic('nobody', 'guess-2'))).status).toBe(401)
    const answered = await ask(basic('alice', 'wonder länd'))
    expect([answered.status, await answered.json()]).toEqual([200, []])
  })
  // I8
  for (const secret of ['wonder', 'guess', line.split('$').at(-1)!.trim(), basic('alice', 'wonder länd').authorization])
    expect(node.output()).not.toContain(secret)
}, 60_000)

test("the users of Connect's login configuration log in", async () => {
  await writeFile(join(home, 'creds'), 'bob=sesame\n')
  await writeFile(
    join(home, 'jaas.conf'),
    `KafkaConnect {\n  ${module} required\n  file="${join(home, 'creds')}";\n};\n`,
  )
  const path = await worker(
    'jaas',
    'listeners=http://localhost:0',
    `rest.extension.classes=${extension}`,
    `millrace.rest.jaas.file=${join(home, 'jaas.conf')}`,
  )
  const node = await startWorkerProcess(['standalone', path])
  await during(node, async () => {
    expect((await fetch(node.url)).status).toBe(401)
    expect((await fetch(node.url, { headers: basic('bob', 'sesame') })).status).toBe(200)
  })
  expect(node.output()).toMatch(/millrace\.rest\.jaas\.file\s+Passwords stand as they are/)
  expect(node.output()).not.toContain('sesame')
}, 60_000)

test('users that cannot be read are told with file, line and key, and nothing starts', async () => {
  await writeFile(join(home, 'bad'), 'alice:write:s3cret\nbob\n')
  const path = await worker('bad-users', `millrace.rest.users.file=${join(home, 'bad')}`)
  const { code, output } = await runMillrace(['standalone', path])
  expect(code).toBe(2)
  expect(output).toContain('bad-users.properties:4: millrace.rest.users.file')
  expect(output).toMatch(/Line 1[\s\S]*Line 2/)
  expect(output).not.toContain('s3cret')
}, 30_000)

test('a listener for reading only refuses changes and hides passwords; where nobody has to log in, the log says so', async () => {
  const path = await worker('reading', 'listeners=http://:0', 'listeners.readonly=http://localhost:0')
  const node = await startWorkerProcess(['standalone', path])
  await during(node, async () => {
    const readonlyUrl = /"readonlyUrl":"(http:[^"]+)"/.exec(node.output())?.[1]
    const config = { 'connector.class': 'generator', topic: 't', 'transforms.x.password': 's3cret' }
    const put = (url: string | undefined) =>
      fetch(`${url}/connectors/c/config`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(config),
      })
    const refused = await put(readonlyUrl)
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error_code: 403, message: 'This listener is for reading only; PUT could change something.' },
    ])
    expect((await put(node.url)).status).toBe(201)
    expect(await (await fetch(`${readonlyUrl}/connectors/c/config`)).json()).toEqual({
      ...config,
      name: 'c',
      'transforms.x.password': '[hidden]',
    })
    for (const url of ['/', '/health', '/metrics', '/connectors/c/status', '/connector-plugins'])
      expect([url, (await fetch(readonlyUrl + url)).status]).toEqual([url, 200])
    const { alerts } = (await (await fetch(`${node.url}/millrace/v1/overview`)).json()) as { alerts: unknown[] }
    expect(alerts).toMatchObject([{ kind: 'no-auth', severity: 'warning', text: expect.stringContaining('0.0.0.0') }])
    expect(await (await fetch(`${node.url}/metrics`)).text()).toMatch(/millrace_alert\{alert="no-auth",.*\} 1/)
  })
  expect(node.output()).toContain('nobody has to log in')
}, 60_000)

describeWithJava('https', () => {
  let files: Certificates
  beforeAll(async () => {
    files = await makeCertificates(join(home, 'certificates'))
  })

  test('a worker serves https with the keys of Connect, and client commands reach it with a user and an authority', async () => {
    await writeFile(join(home, 'creds'), 'bob=sesame\n')
    await writeFile(join(home, 'jaas.conf'), `KafkaConnect { ${module} required file="${join(home, 'creds')}"; };`)
    const path = await worker(
      'https',
      'listeners=https://localhost:0',
      'listeners.https.ssl.keystore.type=PEM',
      `listeners.https.ssl.keystore.location=${files.server}`,
      `millrace.rest.jaas.file=${join(home, 'jaas.conf')}`,
    )
    await writeFile(join(home, 'password'), 'sesame\n', { mode: 0o600 })
    await writeFile(join(home, 'seen'), 'sesame\n')
    await chmod(join(home, 'seen'), 0o644)
    await writeFile(join(home, 'wrong'), 'guess', { mode: 0o600 })
    const node = await startWorkerProcess(['standalone', path])
    await during(node, async () => {
      expect(node.url).toMatch(/^https:\/\/localhost:\d+$/)
      const client = (...words: string[]) => runMillrace(['connector', 'list', '--json', '--url', node.url, ...words])
      const ca = ['--ca', files.ca]
      const bob = [...ca, '--user', 'bob']
      expect(await client(...bob, '--password-file', join(home, 'password'))).toMatchObject({ code: 0, output: '{}\n' })
      const words = ['connector', 'list', '--json', '--url', node.url, ...bob, '--password-stdin']
      expect(await millrace(words, 'sesame\n')).toEqual({ code: 0, out: '{}\n' })
      const refused: readonly (readonly [words: readonly string[], code: number, says: RegExp])[] = [
        [['--user', 'bob', '--password-file', join(home, 'password')], 3, /cli\.unreachable[\s\S]*→ .*--ca/],
        [ca, 3, /cli\.log_in_refused[\s\S]*→ .*--user/],
        [[...bob, '--password-file', join(home, 'wrong')], 3, /cli\.log_in_refused/],
        [[...bob, '--password-file', join(home, 'seen')], 2, /chmod 600/],
        [bob, 2, /no password for bob/],
        [['--ca', files.clientKey], 2, /no certificate/],
        [['--url', 'https://bob:sesame@localhost:1'], 2, /names a user/],
      ]
      for (const [given, code, says] of refused) {
        const answer = await client(...given)
        expect([given, answer.code, answer.output]).toEqual([given, code, expect.stringMatching(says)])
        expect(answer.output).not.toMatch(/sesame|guess/)
      }
    })
  }, 120_000)

  test('a store that cannot be read, or has another password, is told with file, line and key', async () => {
    const path = await worker(
      'bad-https',
      'listeners=https://localhost:0',
      'admin.listeners=https://localhost:0',
      'listeners.https.ssl.keystore.location=/none.pem',
      `admin.listeners.https.ssl.keystore.location=${files.clientStore}`,
      'admin.listeners.https.ssl.keystore.password=s3cret',
    )
    const { code, output } = await runMillrace(['standalone', path])
    expect(code).toBe(2)
    expect(output).toMatch(
      /bad-https\.properties:6: listeners\.https\.ssl\.keystore\.location\s+There is no file \/none\.pem/,
    )
    expect(output).toMatch(/bad-https\.properties:8: admin\.listeners\.https\.ssl\.keystore\.password/)
    expect(output).not.toContain('s3cret')
  }, 30_000)
})
