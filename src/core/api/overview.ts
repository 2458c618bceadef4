/** The cluster as one node sees it (`GET /millrace/v1/overview`). Times are milliseconds, instants since the epoch. */
export interface Overview {
  readonly at: number
  readonly cluster: {
    /** `group.id`; absent where a node is alone. */
    readonly name?: string
    readonly mode: 'standalone' | 'distributed'
    /** The node that leads; null while nobody does. */
    readonly leader: string | null
    /** Of the leader, and how many assignments have been made; they only grow. */
    readonly term: number
    readonly version: number
    /** Whether this node hears of the others: false when the coordination topic cannot be read. */
    readonly logReachable: boolean
    readonly expected: number
    readonly available: number
  }
  readonly nodes: readonly NodeView[]
  readonly counts: {
    readonly connectors: Readonly<Record<string, number>>
    readonly tasks: Readonly<Record<string, number>>
  }
  /** What runs where. */
  readonly work: readonly WorkPlace[]
  readonly alerts: readonly Alert[]
}

/** `joining`: it is there and cannot take work yet; `missing`: it ended without a word. */
export interface NodeView {
  readonly id: string
  readonly url: string
  readonly version: string
  readonly state: 'up' | 'joining' | 'missing' | 'restarting'
  /** When it went missing. */
  readonly since?: number
  readonly leader: boolean
  readonly self: boolean
  readonly connectors: number
  readonly tasks: number
  /** Cores, and resident memory in bytes, as last told. */
  readonly cpu?: number
  readonly memory?: number
}

/** `waiting`: it has no owner yet; `moving`: its owner is told to stop it, and `next` goes on. */
export interface WorkPlace {
  readonly connector: string
  /** Absent for the connector's own instance. */
  readonly task?: number
  readonly node: string | null
  readonly state: 'owned' | 'moving' | 'waiting'
  readonly next?: string
  /** The grant under which it runs: the leader's term, and the offset of the record that made it. */
  readonly epoch: { readonly term: number; readonly offset: number }
}

export interface Alert {
  readonly id: string
  readonly kind: 'node-missing' | 'nodes-expected' | 'no-leader' | 'log-unreachable' | 'no-auth'
  readonly severity: 'critical' | 'warning'
  readonly subject: { readonly node?: string }
  readonly since?: number
  readonly text: string
  readonly fix?: string
}
