import { commandKey } from '../../../src/cluster/events.js'
import { noteReply } from '../../../src/cluster/self.js'
import type { Command } from '../../../src/cluster/state.js'
import { leaderKey } from '../../../src/core/leader-fence.js'
import { ConfigReader, type ConfigRecord, type ConfigTopic } from './config-topic.js'
import type { Process } from './process.js'

/** What a process does with the config topic: reads it, fences it when it has become leader, executes commands in order. */
export class ConfigLeader {
  readonly reader: ConfigReader
  #term = 0
  #seq = 0
  #queue: Command[] = []
  /** Written and not read back yet. */
  #pending: { readonly record: ConfigRecord; readonly command: Command | undefined; sentAt: number } | undefined

  constructor(
    readonly process: Process,
    readonly topic: ConfigTopic,
  ) {
    this.reader = new ConfigReader(topic)
  }

  /** R27: nothing is decided before the fence has been read back, with all that was before it. */
  takeOver(term: number): void {
    this.#term = term
    this.#seq = 0
    this.#queue = []
    this.#write({ key: leaderKey, value: term, mark: { term, seq: 0, command: null } }, undefined)
  }

  execute(command: Command, term: number): void {
    if (term === this.#term) this.#queue.push(command)
  }

  /** At each turn of the process. */
  turn(): void {
    this.reader.read()
    if (this.#pending) this.#await()
    if (this.#pending || this.process.self.around.fencedTerm !== this.#term || this.#term === 0) return
    const command = this.#queue.shift()
    if (command) this.#execute(command)
    else if (this.reader.fence.term === this.#term) this.#repair()
  }

  #execute(command: Command): void {
    const id = commandKey(command.id)
    if (this.process.state?.leader !== this.process.self.id) return
    if (this.reader.fence.knows(id)) {
      this.#reply(command) // R30
      return
    }
    const value = (this.reader.values.get(command.op) ?? 0) + 1
    this.#write({ key: command.op, value, mark: { term: this.#term, seq: ++this.#seq, command: id } }, command)
  }

  /** A stale record is the last of its key: the good value again. */
  #repair(): void {
    const [key] = this.reader.fence.stale()
    if (key === undefined) return
    const value = key === leaderKey ? this.#term : (this.reader.values.get(key) ?? 0)
    this.#write({ key, value, mark: { term: this.#term, seq: ++this.#seq, command: null } }, undefined)
  }

  #write(record: ConfigRecord, command: Command | undefined): void {
    this.topic.append(record)
    this.#pending = { record, command, sentAt: this.process.log.timeline.now }
  }

  /** R29: done when it has been read back and counts. A younger leader's fence: never. */
  #await(): void {
    const { record, command, sentAt } = this.#pending!
    const { term, seq } = record.mark
    const { fence, seq: read } = this.reader
    if (fence.term > term) this.#pending = undefined
    else if (fence.term === term && read >= seq) {
      this.#pending = undefined
      if (record.key === leaderKey) this.process.self.around.fencedTerm = term
      else if (command) this.#reply(command)
    } else if (this.process.log.timeline.now - sentAt > 1_000) {
      this.#pending = { record, command, sentAt: this.process.log.timeline.now }
      this.topic.append(record)
    }
  }

  #reply(command: Command): void {
    const reply = { status: 200, body: new Uint8Array(), configOffset: -1 }
    noteReply(this.process.self, this.#term, command.id, reply)
  }
}
