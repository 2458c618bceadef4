/** Part of the fold, so constants of the protocol version (cluster protocol §10): another value needs another topic. Milliseconds of log time. */
export const protocol = {
  /** G: log time moves by at most this from one record to the next (R1). */
  step: 750,
  /** A gap above this is a stall, and nobody dies for twice its length, at most `grace` (R2). */
  stall: 1_000,
  grace: 15_000,
  /** Bounds of the commands that wait for an answer (I6). */
  maxCommands: 1_000,
  maxCommandBytes: 8 * 2 ** 20,
  /** Missing nodes are remembered for so long, and so many of them (I6). */
  missing: 24 * 3_600_000,
  maxMissing: 1_000,
} as const

/** What each node does by its own clock. Milliseconds. */
export const pace = {
  ttl: 3_500,
  heartbeat: 500,
  /** Beats per member and round grow so that all members together send at most 500 a second. */
  heartbeatPerMember: 2,
  /** ttl in heartbeats, once these have grown. */
  ttlBeats: 7,
  /** Part of ttl for which a beat gives a lease (R20). */
  lease: 0.8,
  leaderBeat: 500,
  quiet: 500,
  quietRank: 50,
  quietMembers: 64,
  poke: 20,
  rank: 200,
  maxRank: 10,
  resend: 1_000,
  join: 2_000,
  crowd: 150,
  crowdEnd: 2_000,
  snapshot: 30_000,
  need: 1_000,
  info: 10_000,
  /** A command is not executed once this much log time has passed. */
  command: 90_000,
  /** How far back a node can go by itself, once to twice. */
  checkpoint: 30_000,
  reload: 2_000,
  reloadAgain: 15_000,
  /** Every how many beats a follower tells its trail. */
  trailBeats: 8,
} as const

/** Of one assign. */
export const assignBounds = { ops: 2_000, bytes: 500_000 } as const

/** The part of all tasks that may be in motion to balance the load. */
export const motion = 0.2

export interface TimerSettings {
  /** `session.timeout.ms` where it was set. */
  readonly ttl?: number
  /** `heartbeat.interval.ms`. */
  readonly heartbeat: number
}

/** How often to beat, and what to announce, in a cluster of this many members. */
export function beatTimers(settings: TimerSettings, members: number): { heartbeat: number; ttl: number } {
  const heartbeat = Math.max(settings.heartbeat, members * pace.heartbeatPerMember)
  const grown = heartbeat * pace.ttlBeats
  if (settings.ttl === undefined) return { heartbeat, ttl: Math.max(pace.ttl, grown) }
  return { heartbeat, ttl: heartbeat > settings.heartbeat ? Math.max(settings.ttl, grown) : settings.ttl }
}
