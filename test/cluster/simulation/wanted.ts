import type { WantedConnector } from '../../../src/cluster/self.js'
import type { Chance } from './chance.js'

export interface SimulatedConnector extends WantedConnector {
  /** Source partitions; partition p is task p mod k's. 0 for a sink. */
  readonly partitions: number
}

/** What the config topic says, and how it came to change. */
export class Wanted {
  connectors: readonly SimulatedConnector[] = []
  offset = 0
  #names = 0
  readonly kinds = new Map<string, SimulatedConnector>()

  constructor(readonly chance: Chance) {}

  put(connector: Omit<SimulatedConnector, 'generation'>): void {
    const next = { ...connector, generation: ++this.offset }
    this.kinds.set(next.name, next)
    this.connectors = [...this.connectors.filter(({ name }) => name !== next.name), next]
  }

  create(): void {
    const { chance } = this
    const name = `c${++this.#names}`
    const sink = chance.happens(0.3)
    const topics = Array.from({ length: chance.integer(1, 3) }, (_, index) => ({
      topic: `${name}-t${index}`,
      partitions: chance.integer(1, 4),
      index,
    }))
    this.put({
      name,
      taskCount: chance.integer(1, 4),
      topics: sink ? topics : [],
      partitions: sink ? 0 : chance.integer(4, 6),
      exactlyOnce: !sink && chance.happens(0.4),
    })
  }

  delete(): void {
    if (this.connectors.length < 2) return
    this.offset++
    const { name } = this.chance.pick(this.connectors)
    this.connectors = this.connectors.filter(each => each.name !== name)
  }

  /** Another number of tasks: partitions change hands. */
  reconfigure(): void {
    if (this.connectors.length === 0) return
    this.put({ ...this.chance.pick(this.connectors), taskCount: this.chance.integer(0, 4) })
  }

  /** More partitions: nobody stops. A topic goes: everybody does. */
  changeTopics(): void {
    const sinks = this.connectors.filter(({ topics }) => topics.length > 0)
    if (sinks.length === 0) return
    const sink = this.chance.pick(sinks)
    const [first, ...rest] = sink.topics
    const topics =
      rest.length > 0 && this.chance.happens(0.3) ? rest : [{ ...first!, partitions: first!.partitions + 1 }, ...rest]
    this.connectors = this.connectors.map(each => (each === sink ? { ...sink, topics } : each))
  }
}
