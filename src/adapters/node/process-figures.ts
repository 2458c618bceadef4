/** Memory and processor time of this process; instants in seconds since the epoch. */
export function processFigures(): {
  readonly residentBytes: number
  readonly cpuSeconds: number
  readonly startSeconds: number
} {
  const { user, system } = process.cpuUsage()
  return {
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    startSeconds: Date.now() / 1e3 - process.uptime(),
  }
}
