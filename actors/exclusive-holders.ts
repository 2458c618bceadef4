/** Which connector alone may hold what (`exclusive` of the plugin kit), on this node. */
export class ExclusiveHolders {
  readonly #byConnector = new Map<string, readonly string[]>()

  hold(connector: string, what: readonly string[]): void {
    this.#byConnector.set(connector, what)
  }

  release(connector: string): void {
    this.#byConnector.delete(connector)
  }

  /** What of `what` another connector holds, and which. */
  heldByOthers(
    connector: string,
    what: readonly string[],
  ): readonly { readonly what: string; readonly holder: string }[] {
    if (what.length === 0) return []
    return [...this.#byConnector]
      .filter(([holder]) => holder !== connector)
      .flatMap(([holder, held]) => held.filter(one => what.includes(one)).map(one => ({ what: one, holder })))
  }
}
