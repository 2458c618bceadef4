import type { Self } from '../../src/cluster/self.js'
import type { ClusterState, Member } from '../../src/cluster/state.js'
import type { Alert, NodeView, Overview, WorkPlace } from '../../src/core/api/overview.js'

/** The part of the overview that the coordination topic tells. */
export type ClusterOverview = Pick<Overview, 'cluster' | 'nodes' | 'work' | 'alerts'>

export type ClusterHealth = Omit<ClusterOverview, 'work'>

export interface OverviewParts {
  readonly group: string
  readonly state: ClusterState | undefined
  readonly self: Self
  /** `cluster.expected.nodes`, where it is declared. */
  readonly expected: number | undefined
  /** How long nothing has been read from the coordination topic, ms. */
  readonly silentMs: number
  /** Instant since the epoch, ms. */
  readonly wallTime: number
}

/** Without a word from the log for so long, what is shown is the past: members beat many times meanwhile. */
const unreachableMs = 5_000

/** The cluster as this node's fold has it. */
export function clusterOverview(parts: OverviewParts): ClusterOverview {
  return { ...clusterHealth(parts), work: parts.state === undefined ? [] : placesOf(parts.state) }
}

/** Without what runs where, which grows with the tasks. */
export function clusterHealth(parts: OverviewParts): ClusterHealth {
  const { group, state, self, silentMs, wallTime } = parts
  const members = [...(state?.members.values() ?? [])].filter(member => !member.foreign)
  const missing = [...(state?.missing.values() ?? [])]
  const logReachable = state !== undefined && silentMs < unreachableMs
  const since = (time: number): number => Math.round(wallTime - Math.max(0, (state?.time ?? 0) - time) - silentMs)
  const isBack = (until: number): boolean => until > (state?.time ?? 0)
  const present: NodeView[] = members
    .filter(member => !member.superseded)
    .map(member => ({
      id: member.node,
      url: member.url,
      version: member.release,
      state: member.ready ? 'up' : 'joining',
      leader: member.id === state?.leader,
      self: member.id === self.id,
      ...countOf(state!, member),
      ...(member.memory > 0 && { cpu: member.cpu / 1_000, memory: member.memory }),
    }))
  const absent: NodeView[] = missing.map(({ node, url, release, time, back }) => ({
    id: node,
    url,
    version: release,
    state: isBack(back) ? 'restarting' : 'missing',
    since: since(time),
    leader: false,
    self: false,
    connectors: 0,
    tasks: 0,
  }))
  const available = present.filter(node => node.state === 'up').length
  // Who joins for the first time is not missed while it reads up.
  const expected = parts.expected ?? available + absent.length
  const leader = members.find(member => member.id === state?.leader)
  const cluster: Overview['cluster'] = {
    name: group,
    mode: 'distributed',
    leader: leader?.node ?? null,
    term: state?.term ?? 0,
    version: state?.version ?? 0,
    logReachable,
    expected,
    available,
  }
  return {
    cluster,
    nodes: [...present, ...absent].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    alerts: alertsOf(cluster, absent, self),
  }
}

function countOf(state: ClusterState, member: Member): { readonly connectors: number; readonly tasks: number } {
  const instances = [...member.tasks].filter(key => state.tasks.get(key)?.number === -1).length
  return { connectors: instances, tasks: member.tasks.size - instances }
}

function placesOf(state: ClusterState): WorkPlace[] {
  const nodeOf = (id: number): string | null => state.members.get(id)?.node ?? null
  return [...state.tasks.values()].map(({ connector, number, owner, revoking, next, epoch }) => ({
    connector,
    ...(number >= 0 && { task: number }),
    node: nodeOf(owner),
    state: owner === 0 ? 'waiting' : revoking ? 'moving' : 'owned',
    ...(revoking && next !== 0 && { next: nodeOf(next) ?? '' }),
    epoch,
  }))
}

function alertsOf(cluster: Overview['cluster'], absent: readonly NodeView[], self: Self): Alert[] {
  const { available, expected, leader, logReachable } = cluster
  const alerts: Alert[] = []
  if (!logReachable)
    alerts.push({
      id: 'log-unreachable',
      kind: 'log-unreachable',
      severity: 'critical',
      subject: { node: self.identity.node },
      text: 'This node cannot read the coordination topic; what it shows is the past, and its tasks wait.',
      fix: 'See whether the brokers of bootstrap.servers can be reached from here.',
    })
  if (leader === null && logReachable)
    alerts.push({
      id: 'no-leader',
      kind: 'no-leader',
      severity: 'critical',
      subject: {},
      text: 'No node leads the cluster; nothing is assigned meanwhile.',
    })
  if (available < expected)
    alerts.push({
      id: 'nodes-expected',
      kind: 'nodes-expected',
      severity: 'critical',
      subject: {},
      text: `${available} of ${expected} expected nodes are available.`,
      fix: 'Start the missing nodes.',
    })
  for (const { id, since } of absent.filter(({ state }) => state === 'missing'))
    alerts.push({
      id: `node-missing-${id}`,
      kind: 'node-missing',
      severity: 'critical',
      subject: { node: id },
      ...(since !== undefined && { since }),
      text: `Node ${id} is missing; its work has gone to the others.`,
      fix: 'Start it again under the same name, or stop it in order the next time.',
    })
  return alerts
}
