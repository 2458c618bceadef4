import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommonOptions, Node, NodeAlone } from '../../dist/src/embed.js'
import { startNode } from '../../dist/src/embed.js'

export const fixturePlugins = new URL('../fixtures/plugins/faulty.mjs', import.meta.url)

const text = 'org.apache.kafka.connect.storage.StringConverter'

/** A node of the build in this process, in a folder of its own, with the faulty plugins. */
export interface TestNode extends Node {
  readonly home: string
  /** Puts a connector whose keys and values are text. */
  put(name: string, config: Readonly<Record<string, string>>): Promise<void>
  /** The state of the connector's only task, as Connect's status says. */
  taskState(name: string): string | undefined
  trace(name: string): string | undefined
  /** The lines of a file in `home`; none while it does not exist. */
  lines(file: string): Promise<string[]>
  logLines(): Promise<Record<string, unknown>[]>
  /** Stops it and removes the folder. */
  end(): Promise<void>
}

export async function startTestNode(options: Partial<CommonOptions & NodeAlone> = {}): Promise<TestNode> {
  const home = await mkdtemp(join(tmpdir(), 'millrace-node-'))
  const node = await startNode({
    dataDirectory: join(home, 'data'),
    plugins: [fixturePlugins],
    log: join(home, 'node.log'),
    ...options,
  })
  const taskOf = (name: string) => node.herder.status(name)?.tasks[0]
  return {
    ...node,
    home,
    put: async (name, config) => {
      await node.herder.putConnector(
        name,
        { 'key.converter': text, 'value.converter': text, ...config },
        { create: true },
      )
    },
    taskState: name => taskOf(name)?.state,
    trace: name => taskOf(name)?.trace,
    lines: file =>
      readFile(join(home, file), 'utf8').then(
        content => content.split('\n').slice(0, -1),
        () => [],
      ),
    logLines: async () =>
      (await readFile(join(home, 'node.log'), 'utf8'))
        .split('\n')
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as Record<string, unknown>),
    end: async () => {
      await node.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
