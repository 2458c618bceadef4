import { setTimeout as pause } from 'node:timers/promises'
import { taskKey, type TaskId } from '../../core/offset.js'
import { field, type ConnectorPlugin, type SinkPlugin, type SinkTask, type SourcePlugin } from '../../plugin/index.js'

/** The plugin under test has this name, so that the same plugin, found by the node itself, does not stand beside it. */
export const testedName = 'acceptance-plugin'
/** `<hook>:<how>`: see `strike`. */
export const faultKey = 'acceptance.fault'

export type FaultHow = 'throws' | 'throws-once' | 'slow'

const slowMs = 40
const struck = new Set<string>()

/** The plugin, with a configuration key that makes one of its hooks slow or throwing, after it has done its work. */
export function withFaults(plugin: ConnectorPlugin): ConnectorPlugin {
  const config = {
    ...plugin.config,
    [faultKey]: field.string({ doc: 'Which hook goes wrong, and how.', default: 'none' }),
  }
  const common = { ...plugin, name: testedName, aliases: [], config }
  return plugin.kind === 'source'
    ? faultySource({ ...common, kind: 'source' } as SourcePlugin)
    : faultySink({ ...common, kind: 'sink' } as SinkPlugin)
}

type Strike = (hook: string) => Promise<void>

function strikes(config: Readonly<Record<string, unknown>>, id: TaskId | undefined): Strike {
  const [faulty, how] = String(config[faultKey]).split(':') as [string, FaultHow | undefined]
  return async hook => {
    if (hook !== faulty) return
    if (how === 'slow') return pause(slowMs)
    const once = `${id ? taskKey(id) : ''} ${hook}`
    if (how === 'throws-once' && struck.has(once)) return
    struck.add(once)
    throw new Error(`The acceptance suite broke ${hook}.`)
  }
}

function faultySource(plugin: SourcePlugin): SourcePlugin {
  const { tasks } = plugin
  return {
    ...plugin,
    ...(tasks && {
      tasks: async context => {
        await strikes(context.config, undefined)('tasks')
        return tasks(context)
      },
    }),
    async *read(context) {
      const strike = strikes(context.config, context.id)
      const watched: typeof context = {
        ...context,
        onCommitted: handler =>
          context.onCommitted(async (partition, offset) => {
            await handler(partition, offset)
            await strike('committed')
          }),
      }
      try {
        for await (const yielded of plugin.read(watched)) {
          yield yielded
          await strike('read')
        }
      } finally {
        await strike('end')
      }
    },
  }
}

const sinkHooks = ['put', 'flush', 'close', 'assigned', 'revoked', 'committable'] as const

function faultySink(plugin: SinkPlugin): SinkPlugin {
  const { tasks } = plugin
  return {
    ...plugin,
    ...(tasks && {
      tasks: async context => {
        await strikes(context.config, undefined)('tasks')
        return tasks(context)
      },
    }),
    async open(context) {
      const strike = strikes(context.config, context.id)
      const task = await plugin.open(context)
      const faulty: Partial<Record<keyof SinkTask, unknown>> = {}
      for (const hook of sinkHooks) {
        // A hook that the sink does not have must not come to be: having it changes what the runtime does. A flush changes nothing.
        const own = (task[hook]?.bind(task) ?? (hook === 'flush' ? () => undefined : undefined)) as
          ((argument: unknown) => unknown) | undefined
        if (own)
          faulty[hook] = async (argument: unknown) => {
            const result = await own(argument)
            await strike(hook)
            return result
          }
      }
      await strike('open').catch(async (error: unknown) => {
        await task.close?.()
        throw error
      })
      return faulty as SinkTask
    },
  }
}
