import { expect, test } from 'vitest'
import { LeaderDesk, type CommandOutcome } from '../../../actors/cluster/leader-desk.js'
import { readAnswer } from '../../../actors/cluster/command-answer.js'
import type { ClusterCommand } from '../../../actors/config-command.js'
import { packBody } from '../../../src/cluster/packing.js'
import { ConfigStore } from '../../../src/stores/config-store.js'
import type { OffsetStore } from '../../../src/stores/offset-store.js'
import type { StatusStore } from '../../../src/stores/status-store.js'
import { readMarked, storeBench } from '../../stores/fixture.js'

/** A leader of term 1 over a config topic; `settled` resolves with all outcomes once so many are there. */
async function leaderBench() {
  const bench = storeBench()
  const configs = new ConfigStore(bench, { name: 'configs' }, { led: true })
  await configs.open()
  const outcomes: CommandOutcome[] = []
  const untouched = async (): Promise<never> => Promise.reject(new Error('not asked for'))
  const desk = new LeaderDesk({
    group: 'g',
    stores: { configs, statuses: {} as StatusStore, offsets: {} as OffsetStore },
    clock: bench.clock,
    logger: bench.logger,
    fenceId: untouched,
    writeOwnOffsets: untouched,
    newEpoch: untouched,
    hasTasks: () => false,
    onFenced: () => undefined,
    onTakeoverFailed: () => undefined,
    onSetFenced: () => undefined,
    onOutcome: outcome => void outcomes.push(outcome),
  })
  let seq = 0
  const execute = (asked: ClusterCommand, term = 1): void =>
    desk.execute(
      { id: { member: 1, seq: ++seq }, op: asked.type, body: packBody(asked), expires: Infinity, at: seq },
      term,
    )
  return { ...bench, configs, desk, outcomes, execute }
}

const create = (name: string): ClusterCommand => ({ type: 'put-connector', name, config: { name }, create: true })

test('changes of one connector follow each other, those of different ones are written together', async () => {
  const { desk, execute, outcomes, log } = await leaderBench()
  desk.takeover(1)
  for (const name of ['a', 'b', 'c']) execute(create(name))
  execute(create('a'))
  execute({ type: 'set-target-state', name: 'b', state: 'PAUSED' })
  execute({ type: 'delete-connector', name: 'c' })
  await expect.poll(() => outcomes.length).toBe(6)
  const refused = outcomes.filter(({ status }) => status !== 200)
  expect(refused.map(({ id }) => id.seq)).toEqual([4])
  expect(readAnswer(refused[0]!.body)).toMatchObject({ failure: { code: 'connector.exists' } })
  const keys = (await readMarked(log, 'configs')).map(({ key }) => key)
  expect(keys.slice(1)).toEqual([
    'connector-a',
    'connector-b',
    'connector-c',
    'target-state-b',
    'connector-c',
    'target-state-c',
  ])
  await desk.close()
})

test('another leader’s commands, and what was waiting at a step down, are not carried out', async () => {
  const { desk, execute, outcomes, configs } = await leaderBench()
  desk.takeover(2)
  execute(create('old'), 1)
  execute(create('mine'), 2)
  await expect.poll(() => outcomes.length).toBe(1)
  execute(create('late'), 2)
  desk.stepDown()
  await desk.close()
  expect(configs.view.connectors()).toEqual(['mine'])
})
