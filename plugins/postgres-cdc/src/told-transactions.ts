/** How many are remembered: one stays in progress after it was told for a moment, or as long as a standby takes to confirm it. */
const most = 10_000

/**
 * Transactions that the stream has told lately. The server tells of a commit once it is in the log, and shows it to others a little later: what is read in
 * between lacks it.
 */
export class ToldTransactions {
  readonly #xids = new Set<number>()

  add(xid: number): void {
    this.#xids.add(xid)
    if (this.#xids.size <= most) return
    const [first] = this.#xids
    this.#xids.delete(first!)
  }

  /** Whether all of them are visible in this snapshot, `xmin:xmax:xid,xid…` with xids of 64 bits. */
  areAllIn(snapshot: string): boolean {
    const [, xmax = '', list = ''] = snapshot.split(':')
    const end = low(xmax)
    const running = list === '' ? [] : list.split(',').map(low)
    if (running.some(xid => this.#xids.has(xid))) return false
    // Numbers go round: what is up to half the way ahead is later.
    for (const xid of this.#xids) if ((xid - end) >>> 0 < 0x80000000) return false
    return true
  }
}

function low(xid: string): number {
  return Number(BigInt.asUintN(32, BigInt(xid)))
}
