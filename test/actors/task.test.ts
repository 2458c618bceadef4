import { expect, test } from 'vitest'
import { task } from '../../actors/task.js'
import type { StatusWriter } from '../../actors/status-writer.js'
import { createInlineHosting, type TaskContext } from '../../src/actor/hosting/index.js'
import { TestSystem } from '../../src/testkit/test-system.js'
import { recordingLogger } from '../actor/hosting/rig.js'

test('the topic of a task that fails right after its first records is noted', async () => {
  const system = new TestSystem()
  const { clock } = system
  const noted: string[] = []
  const status = {
    topicUsed: async (_: unknown, topic: string) => void noted.push(topic),
    unassigned: async () => undefined,
  } as unknown as StatusWriter
  const live = async (context: TaskContext): Promise<void> => {
    await context.channel.send({ type: 'topic-used', topic: 'its-topic' })
    throw new Error('it broke')
  }
  const hosting = createInlineHosting({
    code: {
      start: async (_, context) => ({ done: live(context) }),
      call: () => Promise.reject(new Error('not asked')),
    },
    threads: 1,
    clock,
    logger: recordingLogger([]),
  })
  system.spawn(
    'task',
    task({
      id: { connector: 'c', task: 0 },
      taskCount: 1,
      config: {},
      paused: false,
      isolation: 'shared',
      gracefulMs: 100,
      hosting,
      status,
      onLife: () => undefined,
      onState: () => undefined,
      onFenced: () => undefined,
      confirm: async () => true,
      onReplan: () => undefined,
    }),
  )
  await system.advance(1_000)
  expect(noted).toEqual(['its-topic'])
  await system.stop()
})
