import type { ActorRef } from '../../src/actor/ref.js'
import { MillraceError } from '../../src/core/error.js'
import type { AskedWorkMessage, WorkMessage } from '../work-messages.js'
import type { ConnectorWork } from '../work.js'

/** What the whole ladder of a task may take beyond its graceful time; then its thread has been ended. */
const ladderMs = 60_000
const noReply = { ok: () => undefined, fail: () => undefined }

/** The work supervisor of this node, once it has asked what to run. Everything goes by the control lane, so in order. */
export class WorkLink {
  readonly #endMs: number
  #supervisor: ActorRef<WorkMessage> | undefined

  /** `gracefulMs`: `task.shutdown.graceful.timeout.ms`. */
  constructor(gracefulMs: number) {
    this.#endMs = gracefulMs + ladderMs
  }

  /** A new life of it has begun: it is told all there is to run. */
  async begin(supervisor: ActorRef<WorkMessage>, works: ReadonlyMap<string, ConnectorWork>): Promise<void> {
    this.#supervisor = supervisor
    await supervisor.tell({ type: 'assigned', works }, { lane: 'control' })
  }

  /** Waits only where the supervisor is far behind; nobody has use for the moment when it is taken. */
  assign(works: ReadonlyMap<string, ConnectorWork>): void {
    void this.#supervisor?.tell({ type: 'assigned', works }, { lane: 'control' })
  }

  /** Resolves when nothing runs under this id that was told to stop before. Never rejects. */
  async ended(id: string): Promise<void> {
    // Without its supervisor nothing runs: its children ended before it did.
    await this.#supervisor
      ?.ask<void>(reply => ({ type: 'when-ended', id, reply }), { timeoutMs: this.#endMs })
      .catch(() => undefined)
  }

  restart(ids: readonly string[], quietly: boolean): void {
    void this.#supervisor?.tell({ type: 'restart', ids, quietly, reply: noReply }, { lane: 'control' })
  }

  relay(message: AskedWorkMessage): Promise<void> | void {
    if (this.#supervisor !== undefined) return this.#supervisor.tell(message, { lane: 'control' })
    return message.reply.fail(new MillraceError('node.starting', 'Nothing can be run yet.'))
  }
}
