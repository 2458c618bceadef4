import { commandKey, type ClusterEvent, type CommandEvent, type ReplyEvent } from '../../src/cluster/events.js'
import { packBody } from '../../src/cluster/packing.js'
import { commandExpiry } from '../../src/cluster/membership.js'
import type { Reading, Self } from '../../src/cluster/self.js'
import type { ClusterState } from '../../src/cluster/state.js'
import { pace } from '../../src/cluster/timers.js'
import { MillraceError } from '../../src/core/error.js'
import type { Reply } from '../../src/actor/ref.js'
import type { ConfigAnswer, ClusterCommand } from '../config-command.js'
import { readAnswer } from './command-answer.js'

interface Asked {
  readonly command: ClusterCommand
  readonly reply: Reply<ConfigAnswer>
  /** Made when this node is a member, and kept: sent again it is the same command. */
  event: CommandEvent | undefined
  sentAt: number
}

/** Requests that wait here at most; more is a client out of hand (I6). */
const maxAsked = 500

/** What this node has asked the leader to do, until it is answered, or its time is over. */
export class CommandDesk {
  /** Resolves when the config store has read up to `offset`: who is answered sees the effect. */
  readonly #reached: (offset: number) => Promise<void>
  readonly #asked = new Set<Asked>()
  #seq = 0

  constructor(reached: (offset: number) => Promise<void>) {
    this.#reached = reached
  }

  ask(command: ClusterCommand, reply: Reply<ConfigAnswer>): void {
    if (this.#asked.size >= maxAsked) {
      reply.fail(
        new MillraceError('cluster.commands_full', 'Too many changes wait for the leader already.', {
          hint: 'Wait for the answers to earlier requests.',
          disposition: 'retry',
        }),
      )
      return
    }
    this.#asked.add({ command, reply, event: undefined, sentAt: -Infinity })
  }

  /** Whether anything is to be answered, and so to be sent again. */
  get isWaiting(): boolean {
    return this.#asked.size > 0
  }

  /** What is to be sent, again where nothing has come back; what is over by log time is given up. */
  due(state: ClusterState, self: Self, now: Reading): readonly ClusterEvent[] {
    const events: ClusterEvent[] = []
    for (const asked of this.#asked) {
      asked.event ??= this.#eventOf(asked.command, self.id, commandExpiry(state, self, now))
      const { event } = asked
      if (state.time > event.expires) {
        this.#asked.delete(asked)
        asked.reply.fail(
          new MillraceError(
            'cluster.command_expired',
            `No leader has answered command ${commandKey(event.id)} in time.`,
            {
              hint: 'See whether the cluster has a leader (GET /millrace/v1/overview), and try again.',
            },
          ),
        )
      } else if (now.monotonic - asked.sentAt >= pace.resend) {
        asked.sentAt = now.monotonic
        events.push(event)
      }
    }
    return events
  }

  /** A reply was read, and it counts. */
  answered({ id, body, configOffset }: ReplyEvent): void {
    const asked = [...this.#asked].find(({ event }) => event !== undefined && commandKey(event.id) === commandKey(id))
    if (asked === undefined) return
    this.#asked.delete(asked)
    const answer = readAnswer(body)
    if ('failure' in answer) return asked.reply.fail(answer.failure)
    this.#reached(configOffset).then(
      () => asked.reply.ok(answer.value),
      (error: unknown) => asked.reply.fail(error),
    )
  }

  /** Nobody will hear of the answers any more. */
  close(failure: unknown): void {
    for (const { reply } of this.#asked) reply.fail(failure)
    this.#asked.clear()
  }

  #eventOf(command: ClusterCommand, member: number, expires: number): CommandEvent {
    const id = { member, seq: ++this.#seq }
    return { type: 'command', id, op: command.type, body: packBody(command), expires }
  }
}
