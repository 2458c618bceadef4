import type { TaskContext, ThreadCode } from '../../src/actor/hosting/types.js'
import { hideIssue } from '../../src/core/config/hidden.js'
import { checkConnector } from '../../src/pipeline/assemble/check-connector.js'
import type { ThreadEnvironment } from './environment.js'
import type { CallInit, CheckAnswer, HostedInit } from './messages.js'
import {
  changeGroupOffsets,
  checkSinkOffsets,
  checkSourceOffsets,
  fenceTransactionalId,
  groupOffsets,
  sourceOffsets,
  writeSourceOffsets,
} from './offsets.js'
import { hostedDryRun } from './dry-run.js'
import { planServices } from './plan-services.js'
import { planner } from './planner.js'
import { unresolved, withValues } from './resolved.js'
import { task } from './task.js'
import { validate } from './validate.js'

/** All that a task thread can be asked to host or to do: with the thread that describes plugins the only place where plugin code runs. */
export function threadCode(environment: ThreadEnvironment): ThreadCode {
  return {
    start(init, context) {
      const hosted = init as HostedInit
      switch (hosted.kind) {
        case 'task':
          return task(hosted, context, environment)
        case 'planner':
          return planner(hosted, context, environment)
        case 'dry-run':
          return hostedDryRun(hosted.request, context, environment)
      }
    },
    call(init, context) {
      const asked = init as CallInit
      switch (asked.kind) {
        case 'check':
          return check(asked, context, environment)
        case 'validate':
          return validate(asked.config, context, environment)
        case 'source-offsets':
          return sourceOffsets(asked, context, environment)
        case 'check-source-offsets':
          return checkSourceOffsets(asked, context, environment)
        case 'write-source-offsets':
          return writeSourceOffsets(asked, context, environment)
        case 'group-offsets':
          return groupOffsets(asked, context, environment)
        case 'write-group-offsets':
          return changeGroupOffsets(asked, context, environment)
        case 'fence-transactional-id':
          return fenceTransactionalId(asked, context, environment)
        case 'check-sink-offsets':
          return checkSinkOffsets(asked, context, environment)
      }
    },
  }
}

async function check(
  asked: Extract<CallInit, { kind: 'check' }>,
  context: TaskContext,
  shared: ThreadEnvironment,
): Promise<CheckAnswer> {
  const { resolved, environment } = await withValues(asked.config, context, shared)
  const { config, hide } = resolved
  const services = planServices(environment, config, context.signal)
  const loader = await environment.loader()
  const { issues, exclusive } = await checkConnector(
    config,
    environment.worker,
    loader,
    services,
    await unresolved(resolved, environment),
  )
  return {
    issues: issues.map(issue => hideIssue(issue, hide)),
    exclusive: exclusive.map(what => ({ what, shown: hide(what) })),
  }
}
