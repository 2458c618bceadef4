import { execFile, spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './process/node-process.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Below node_modules of the project, so that `millrace` is found as an author's project finds it. */
const home = join(root, 'node_modules', '.cache', 'millrace-readme')

async function snippet(name: string): Promise<string> {
  const found = new RegExp(`<!-- test: ${name} -->\\n\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(
    await readFile(join(root, 'README.md'), 'utf8'),
  )
  if (!found) throw new Error(`README.md has no snippet "${name}"`)
  return found[1]!
}

beforeAll(async () => {
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  await writeFile(join(home, 'package.json'), '{ "type": "module" }')
  await writeFile(
    join(home, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { target: 'ES2023', module: 'NodeNext', strict: true, skipLibCheck: true, types: ['node'] },
      include: ['*.ts'],
    }),
  )
  await writeFile(join(home, 'line-source.ts'), await snippet('source'))
  await writeFile(join(home, 'line-sink.ts'), await snippet('sink'))
  await writeFile(join(home, 'node.ts'), await snippet('embed'))
  await writeFile(join(home, 'accept.ts'), await snippet('accept'))
  await promisify(execFile)(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', home])
}, 60_000)
afterAll(() => rm(home, { recursive: true, force: true }))

test('the plugins and the program of the README compile, run, and move lines', async () => {
  await writeFile(join(home, 'in.txt'), 'one\ntwo\n')
  const node = spawn(process.execPath, ['node.js', join(home, 'data')], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  node.stderr.on('data', (part: Buffer) => (printed += part.toString()))
  try {
    const out = (): Promise<string> => readFile(join(home, 'out.txt'), 'utf8').catch(() => '')
    await until('the lines to arrive', 30_000, async () => {
      if (node.exitCode !== null) throw new Error(`the program ended:\n${printed}`)
      return (await out()) === 'one\ntwo\n'
    })
  } finally {
    node.kill('SIGTERM')
    if (node.exitCode === null) await once(node, 'exit')
  }
  expect(node.exitCode).toBe(0)
}, 60_000)

test('the source of the README passes the acceptance suite as the README runs it', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', 'accept.js'], {
    cwd: home,
    // The runner of this test must not be taken for a parent by the one that is started.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  })
  expect(stdout).toMatch(/^# fail 0$/m)
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(10)
}, 120_000)
