import type { SinkPlugin, SourcePlugin } from '../../plugin/index.js'
import { register, type Test } from './check.js'
import { sinkChecks, type SinkCase } from './sink-checks.js'
import { sinkNodeChecks } from './sink-node-checks.js'
import { sourceChecks, type SourceCase } from './source-checks.js'
import { sourceNodeChecks } from './source-node-checks.js'

interface Registration {
  /** `test` of the test runner. */
  readonly test: Test
  /** The built module that exports the plugin by default, alone or in an array: what a node loads in its task threads. */
  readonly module: URL
}

/** Registers a test for everything that a source promises by being one, driven here and on a real node. */
export function acceptSource(plugin: SourcePlugin, options: SourceCase & Registration): void {
  register(options.test, plugin.name, [
    ...sourceChecks(plugin, options),
    ...sourceNodeChecks(plugin, options, options.module),
  ])
}

/** Registers a test for everything that a sink promises by being one, driven here and on a real node. */
export function acceptSink(plugin: SinkPlugin, options: SinkCase & Registration): void {
  register(options.test, plugin.name, [
    ...sinkChecks(plugin, options),
    ...sinkNodeChecks(plugin, options, options.module),
  ])
}

export type { Check, Test } from './check.js'
export { sinkChecks, type SinkCase } from './sink-checks.js'
export { sinkNodeChecks } from './sink-node-checks.js'
export { sourceChecks, type SourceCase } from './source-checks.js'
export { sourceNodeChecks } from './source-node-checks.js'
