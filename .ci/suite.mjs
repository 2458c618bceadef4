// Runs the tests of one configuration; where at most three files fail, those once more by themselves.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const config = process.argv[2]
const home = mkdtempSync(join(tmpdir(), 'millrace-ci-'))

/** The files that failed; undefined where the run ended before it could say. */
function failing(attempt, files) {
  const report = join(home, `${attempt}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { status } = spawnSync('npx', ['vitest', 'run', '--config', config, ...reporters, ...files], {
    stdio: 'inherit',
  })
  if (status === 0) return []
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative('.', name))
    return failed.length > 0 ? failed : undefined
  } catch {
    return undefined
  }
}

const first = failing('first', [])
if (first?.length === 0) process.exit(0)
if (first === undefined || first.length > 3) process.exit(1)
const second = failing('second', first)
if (second?.length !== 0) process.exit(1)
console.log(`FLAKY, passed when run again: ${first.join(', ')}`)
