// Installs and builds what is missing, so that `npm start` and `npm test` work alone on a fresh clone.
// Runs before anything is installed, so it uses nothing but Node.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Millrace needs Node 20.19 or later; this is ${process.version}.`)
  process.exit(2)
}

function run(what, args) {
  // npm tells its scripts where it is; a shell is needed only to find npm.cmd on Windows.
  const npm = process.env.npm_execpath
  const [command, rest] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args]
  const { status, error } = spawnSync(command, rest, {
    stdio: ['ignore', 2, 2],
    shell: command === 'npm' && process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`${what} failed${error ? `: ${error.message}` : ''}; see above.`)
    process.exit(1)
  }
}

// npm writes this file at the end of an install; older than the lock file means that the lock file has changed since.
const installed = 'node_modules/.package-lock.json'
const stamp = 'node_modules/.millrace-install'
const lock = readFileSync('package-lock.json', 'utf8')
if (!existsSync(installed) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  run('Installing the dependencies', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
  writeFileSync(stamp, lock)
}
run('Building', ['run', '--silent', 'build'])
