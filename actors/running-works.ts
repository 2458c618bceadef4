import { connectorOfWork, workId, type RunningWork, type Work } from './work.js'

/** What runs here, in total and by connector, so that a change looks at its own connector only. */
export class RunningWorks {
  readonly #byId = new Map<string, RunningWork>()
  readonly #byConnector = new Map<string, Map<string, RunningWork>>()

  get(id: string): RunningWork | undefined {
    return this.#byId.get(id)
  }

  of(connector: string): ReadonlyMap<string, RunningWork> {
    return this.#byConnector.get(connector) ?? none
  }

  set(work: Work, stopping: boolean): void {
    const id = workId(work)
    const connector = connectorOfWork(work)
    const works = this.#byConnector.get(connector) ?? new Map<string, RunningWork>()
    const running = { work, stopping }
    this.#byConnector.set(connector, works.set(id, running))
    this.#byId.set(id, running)
  }

  delete(work: Work): void {
    const id = workId(work)
    const connector = connectorOfWork(work)
    const works = this.#byConnector.get(connector)
    this.#byId.delete(id)
    works?.delete(id)
    if (works?.size === 0) this.#byConnector.delete(connector)
  }
}

const none: ReadonlyMap<string, RunningWork> = new Map()
