#!/usr/bin/env node
import { existsSync, mkdirSync } from 'node:fs'
import type { ConfigIssue } from './core/error.js'
import type { Node } from './embed.js'
import { parseCommandLine, type ClusterCommand, type StandaloneCommand, type StartCommand } from './cli/command-line.js'

/**
 * The root of a node's process: reads the command line, wires the node, forwards signals. What each command needs is
 * loaded by that command.
 */
const command = parseCommandLine(process.argv.slice(2))
switch (command.kind) {
  case 'help':
    process.stdout.write((await import('./cli/help.js')).help(command.of))
    break
  case 'version': {
    const { version } = await import('./version.js')
    process.stdout.write(`${version}\n`)
    break
  }
  case 'misused':
    for (const mistake of command.mistakes) process.stderr.write(`✗ ${mistake}\n`)
    process.stderr.write('→ millrace --help shows what there is\n')
    process.exitCode = 2
    break
  case 'start':
    // I9: what a client still holds open must not keep a node that has stopped.
    process.exit(await start(command))
  case 'standalone':
    process.exit(await standalone(command))
  case 'cluster':
    process.exit(await cluster(command))
  case 'user-hash':
    process.exitCode = await (await import('./cli/user-hash.js')).runUserHash(command)
    break
  case 'client':
    process.exitCode = await (await import('./cli/client/run.js')).runClientCommand(command)
}

/** Runs a node until it is told to stop; returns the exit code. */
async function start(options: StartCommand): Promise<number> {
  const [{ startNode }, { NodeConsole }, { demoConnectors, demoDirectory, nodeLogFile }, { errorMessage }] =
    await Promise.all([
      import('./embed.js'),
      import('./cli/node-console.js'),
      import('./cli/demo.js'),
      import('./core/error.js'),
    ])
  const began = performance.now()
  const isNew = !existsSync(options.dataDirectory)
  const screen = new NodeConsole(process.stdout)
  const logFile = nodeLogFile(options.dataDirectory)

  const stopAsked = stopOnSignal(() => screen.say('stopping: draining and committing; once more to stop at once'))

  let node
  try {
    node = await startNode({
      dataDirectory: options.dataDirectory,
      listen: { host: options.host, port: options.port },
      log: logFile,
    })
  } catch (error) {
    screen.refuse(error)
    // Threads of a node that did not come up may still be ending.
    process.exit(3)
  }
  screen.say(`millrace ${node.version} is up after ${((performance.now() - began) / 1000).toFixed(2)} s`)
  screen.say(`  REST     ${node.url}`)
  screen.say(`  data     ${options.dataDirectory}${isNew ? ' (new)' : ''}`)
  screen.say(`  log      ${logFile}`)
  screen.say(`  plugins  ${node.plugins.join(', ')}`)

  if (node.isNew && !options.empty) {
    mkdirSync(demoDirectory(options.dataDirectory), { recursive: true })
    for (const { name, config } of demoConnectors(options.dataDirectory)) {
      try {
        await node.herder.putConnector(name, config, { create: true })
        screen.say(`  demo     ${name}`)
      } catch (error) {
        screen.say(`  demo     ${name} was refused: ${errorMessage(error)}`)
      }
    }
  }
  screen.follow(() => node.summary())
  const ended = await Promise.race([stopAsked.then(() => node.stop()), node.ended])
  screen.close()
  if (ended.failure === undefined) return 0
  screen.refuse(ended.failure)
  return 1
}

/** Runs a node as Connect's standalone worker; what it tells goes to standard output as JSON lines. */
async function standalone({ worker, connectors }: StandaloneCommand): Promise<number> {
  const { readStandaloneFiles, startStandalone, putConnectors } = await import('./standalone.js')
  return runWorker({
    read: () => readStandaloneFiles(worker, connectors),
    start: startStandalone,
    begin: (node, files) => putConnectors(node, files.connectors),
  })
}

/** Runs a node as Connect's distributed worker. */
async function cluster({ worker }: ClusterCommand): Promise<number> {
  const { readClusterFile, startCluster } = await import('./cluster-file.js')
  return runWorker({ read: () => readClusterFile(worker), start: startCluster, begin: () => Promise.resolve() })
}

/** What a worker command does: 2 where its files are wrong, 3 where the node does not come up, 1 where it ends by itself. */
async function runWorker<
  Files extends {
    readonly warnings: readonly ConfigIssue[]
    readonly variables: { readonly hide: (text: string) => string }
  },
>(steps: {
  readonly read: () => Promise<Files>
  readonly start: (files: Files) => Promise<Node>
  readonly begin: (node: Node, files: Files) => Promise<void>
}): Promise<number> {
  const { failureText, warningText } = await import('./cli/failure-text.js')
  let files: Files | undefined
  // I8: where reading the files fails, what it says hides its secrets itself.
  const refuse = (error: unknown): void => {
    const text = failureText(error)
    process.stderr.write(files?.variables.hide(text) ?? text)
  }
  const stopAsked = stopOnSignal(() => undefined)
  try {
    files = await steps.read()
  } catch (error) {
    refuse(error)
    return 2
  }
  for (const warning of files.warnings) process.stderr.write(warningText(warning))
  let node
  try {
    node = await steps.start(files)
  } catch (error) {
    refuse(error)
    // Threads of a node that did not come up may still be ending.
    process.exit(3)
  }
  try {
    await steps.begin(node, files)
  } catch (error) {
    refuse(error)
    await node.stop()
    return 2
  }
  const ended = await Promise.race([stopAsked.then(() => node.stop()), node.ended])
  if (ended.failure === undefined) return 0
  refuse(ended.failure)
  return 1
}

/** I9: resolves with the first signal, which drains and commits; a second one, also while still starting, ends at once. */
function stopOnSignal(onFirst: () => void): Promise<void> {
  let signals = 0
  return new Promise(resolve => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(signal, () => {
        if (++signals > 1) process.exit(code)
        onFirst()
        resolve()
      })
    }
  })
}
