import { describe, expect, it } from 'vitest'
import type { RawConfig } from '../../../src/core/config/field.js'
import { findForeignData } from '../../../src/pipeline/assemble/plain-data.js'
import { planTasks } from '../../../src/pipeline/assemble/plan-tasks.js'
import { defineSource } from '../../../src/plugin/index.js'
import { headersOnly, loaderOf, services, text, worker } from './plugins.js'

const source: RawConfig = { name: 'a', 'connector.class': 'tables', tables: 'x,y', 'tasks.max': '2' }

const planner = (tasks: () => unknown) =>
  loaderOf([
    text,
    headersOnly,
    defineSource({
      name: 'planner',
      version: '1',
      summary: 'x',
      config: {},
      tasks: tasks as () => readonly unknown[],
      async *read() {
        yield []
      },
    }),
  ])
const planned: RawConfig = { name: 'p', 'connector.class': 'planner' }

describe('planTasks', () => {
  it('returns what the connector makes of its configuration', async () => {
    expect(await planTasks(source, worker, loaderOf(), services())).toEqual([{ table: 'x' }, { table: 'y' }])
  })

  it('gives one task to a connector that does not plan', async () => {
    expect(await planTasks({ name: 'a', 'connector.class': 'ticks' }, worker, loaderOf(), services())).toEqual([null])
  })

  it('passes on what the connector watches with, tasks.max and the raw configuration', async () => {
    const seen: unknown[] = []
    const loader = planner(() => [])
    const plugin = await loader.connector('planner')
    const watching: unknown[] = []
    const tasks: NonNullable<typeof plugin.tasks> = context => {
      seen.push(context.max, context.raw)
      context.watch(async () => undefined)
      return []
    }
    const spied = { ...loader, connector: async () => ({ ...plugin, tasks }) }
    const raw = { ...planned, 'tasks.max': '7' }
    await planTasks(raw, worker, spied, { ...services(), watch: watch => watching.push(watch) })
    expect(seen).toEqual([7, raw])
    expect(watching).toHaveLength(1)
  })

  it('fails for more tasks than tasks.max, and only warns where that is not enforced', async () => {
    const raw = { ...source, 'tasks.max': '1' }
    await expect(planTasks(raw, worker, loaderOf(), services())).rejects.toMatchObject({
      code: 'connector.too_many_tasks',
      key: 'tasks.max',
      message:
        'The connector a has generated 2 tasks, which is greater than 1, the maximum number of tasks it is configured to create.',
    })
    const lenient = services()
    const tasks = await planTasks({ ...raw, 'tasks.max.enforce': 'false' }, worker, loaderOf(), lenient)
    expect(tasks).toHaveLength(2)
    expect(lenient.warnings).toHaveLength(1)
  })

  it('refuses a configuration with errors before the connector is asked', async () => {
    const asked: string[] = []
    const loader = planner(() => asked.push('x'))
    await expect(planTasks({ ...planned, 'tasks.max': '0' }, worker, loader, services())).rejects.toMatchObject({
      code: 'config.invalid',
      issues: [{ key: 'tasks.max' }],
    })
    expect(asked).toEqual([])
  })

  it("lets the connector's own failure through, thrown or rejected", async () => {
    const failing = planner(() => {
      throw new Error('no route')
    })
    await expect(planTasks(planned, worker, failing, services())).rejects.toThrow('no route')
    const rejecting = planner(() => Promise.reject(new Error('refused')))
    await expect(planTasks(planned, worker, rejecting, services())).rejects.toThrow('refused')
  })

  it('does not wait for the connector beyond its signal', async () => {
    const deadline = new AbortController()
    const never = planner(() => new Promise(() => undefined))
    const planning = planTasks(planned, worker, never, services(deadline.signal))
    deadline.abort()
    await expect(planning).rejects.toMatchObject({ code: 'plugin.overdue' })
  })

  it.each([
    [[{ at: new Date(0) }], 'tasks[0].at is a Date'],
    [[1, { list: [1n] }], 'tasks[1].list[0] is a bigint'],
    ['one', 'tasks is no array'],
    [[() => 1], 'tasks[0] is a function'],
    [[Number.NaN], 'tasks[0] is NaN'],
  ])('refuses a plan that is not plain data: %s', async (tasks, problem) => {
    const loader = planner(() => tasks)
    await expect(planTasks(planned, worker, loader, services())).rejects.toMatchObject({
      code: 'plugin.task_not_plain',
      message: `The connector p has planned tasks that are not plain data: ${problem}.`,
    })
  })
})

describe('findForeignData', () => {
  it('finds nothing in what JSON carries unchanged', () => {
    const plain = {
      a: [1, 'x', null, true, { b: undefined }],
      c: Object.assign(Object.create(null), { d: 1 }) as unknown,
    }
    expect(findForeignData(plain, 'tasks')).toBeUndefined()
    expect(findForeignData(new Map(), 'tasks')).toBe('tasks is a Map')
    expect(findForeignData([undefined], 'tasks')).toBe('tasks[0] is undefined')
  })
})
