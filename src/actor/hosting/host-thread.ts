import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from '../../core/error.js'
import type { Clock } from '../../ports/clock.js'
import { Attribution } from './attribution.js'
import { createGauges } from './gauges.js'
import { MemorySense } from './memory-sense.js'
import type { RunRequest, SetupRequest, Settlement, ThreadData, ThreadNotice } from './messages.js'
import { TaskRun } from './task-run.js'
import { installTraps } from './traps.js'
import { threadCpuMs } from './thread-cpu.js'
import type { ThreadCode } from './types.js'
import { toWire, type Redact } from './wire.js'

/** Reading it costs a system call or three. */
const cpuEveryMs = 1_000
/** Of so many runs that have ended it is remembered what they hide: a client that they left behind may still fail. */
const endedMax = 100

/**
 * The default export of a thread's module, called once there:
 *
 *     export default hostThread(setup => ({ start: …, call: … }))
 *
 * `open` is given what the hosting's `setup` made for this thread, before anything is started here. From then on the thread shows its pulse and its memory, and keeps the faults of a task within that task.
 */
export function hostThread(
  open: (setup: unknown) => ThreadCode | Promise<ThreadCode>,
): (request: SetupRequest | RunRequest) => Promise<Settlement> {
  if (isMainThread)
    throw new MillraceError('hosting.not_a_thread', 'The module of a task thread runs in a thread only.')
  const { gauges: memory, pulseMs, memoryMaxBytes, stopMs } = workerData as ThreadData
  const leave = (process as unknown as { reallyExit(code: number): void }).reallyExit.bind(process)
  const gauges = createGauges(memory)
  const sense = new MemorySense(gauges, memoryMaxBytes)
  const attribution = new Attribution(gauges, sense)
  const runs = new Map<number, TaskRun>()
  const ended: Redact[] = []
  /** For errors that no run has a name for. */
  const redactAll: Redact = text =>
    [...ended, ...[...runs.values()].flatMap(({ redact }) => redact ?? [])].reduce(
      (shown, redact) => redact(shown),
      text,
    )

  const notify = (notice: ThreadNotice): void => parentPort?.postMessage(notice, [])
  installTraps(attribution, {
    failTask(task, error) {
      // With one task here, there is no doubt whose an error is that carries no name.
      const run = runs.get(task) ?? (task === 0 && runs.size === 1 ? [...runs.values()][0] : undefined)
      run?.fail(error)
      return run !== undefined
    },
    stray: error => notify({ kind: 'stray', error: toWire(error, redactAll) }),
    unattributed(error) {
      notify({ kind: 'unattributed', error: toWire(error, redactAll) })
      attribution.release()
      leave(1)
    },
  })

  const pulse = (): void => {
    gauges.pulse++
    sense.publish(performance.now())
  }
  pulse()
  setInterval(pulse, pulseMs)
  setInterval(() => (gauges.cpuMs = threadCpuMs()), cpuEveryMs)

  let opening: Promise<ThreadCode> | undefined
  return async request => {
    if (request.kind === 'setup') {
      try {
        opening = Promise.resolve(open(request.data))
        await opening
        return { ok: true, value: undefined }
      } catch (error) {
        return { ok: false, error: toWire(error), lingering: false }
      }
    }
    // Runs are sent right behind the setup. Where that fails the thread is ended, which settles them.
    const code = await opening
    if (!code) throw new MillraceError('thread.not_loaded', 'A thread was given a task before its setup.')
    const within = <T>(run: () => T): T => attribution.within(request.number, run)
    const run = new TaskRun(request, { clock, within, soon: setImmediate, stopMs })
    runs.set(request.number, run)
    try {
      return await run.settle(code)
    } finally {
      runs.delete(request.number)
      if (run.redact && ended.push(run.redact) > endedMax) ended.shift()
    }
  }
}

const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: handle => clearTimeout(handle as NodeJS.Timeout),
}
