/**
 * Checks an LMDB data file before LMDB maps it: a truncated one ends the process with SIGBUS, a foreign or damaged one
 * with SIGSEGV (tried), so no byte of it may be trusted unseen. Walks all that LMDB can reach from both meta pages.
 *
 * The format is that of the LMDB which lmdb 3.5 brings (dependencies/lmdb/libraries/liblmdb/mdb.c: MDB_page_header,
 * MDB_meta, MDB_db, MDB_node, MDB_ovpage), little-endian, 64 bit.
 */

const magic = 0xbeefc0de
const dataVersion = 2
const headerSize = 24
const metaSize = headerSize + 144
const flag = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const
const bigData = 0x01
const noPage = 0xffff_ffff_ffff_ffffn
/** No tree of ours is near this deep; LMDB itself stops at 32. */
const maxDepth = 32

export type EndsFileProblem = { readonly kind: 'foreign' | 'corrupt'; readonly what: string }

/** What is wrong with the file, undefined where LMDB may open it. */
export function endsFileProblem(file: Buffer): EndsFileProblem | undefined {
  try {
    check(file)
    return undefined
  } catch (problem) {
    if (problem instanceof Problem) return { kind: problem.kind, what: problem.message }
    throw problem
  }
}

class Problem extends Error {
  readonly kind: EndsFileProblem['kind']

  constructor(kind: EndsFileProblem['kind'], what: string) {
    super(what)
    this.kind = kind
  }
}

const corrupt = (what: string): Problem => new Problem('corrupt', what)

interface Tree {
  readonly depth: number
  readonly root: bigint
}

function check(file: Buffer): void {
  if (file.length < metaSize) throw corrupt(`it has ${file.length} bytes`)
  if (file.readUInt32LE(headerSize) !== magic) throw new Problem('foreign', 'it is no LMDB file')
  const version = file.readUInt32LE(headerSize + 4) & 0xffff
  if (version !== dataVersion) throw new Problem('foreign', `it has LMDB data version ${version}, not ${dataVersion}`)
  const pageSize = file.readUInt32LE(headerSize + 24)
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw corrupt(`it says a page has ${pageSize} bytes`)
  if (file.length < 2 * pageSize) throw corrupt(`it has ${file.length} bytes`)
  const pages = new Pages(file, pageSize)
  // The older meta page counts too: LMDB falls back to it, and its pages are kept until the next commit.
  const newest = [0, 1].map(number => pages.meta(number)).sort((a, b) => Number(b.transaction - a.transaction))[0]!
  for (const tree of newest.trees) if (tree.root !== noPage) pages.walk(Number(tree.root), tree.depth)
}

class Pages {
  readonly #file: Buffer
  readonly #size: number
  readonly #seen = new Set<number>()

  constructor(file: Buffer, size: number) {
    this.#file = file
    this.#size = size
  }

  meta(number: number): { readonly transaction: bigint; readonly trees: readonly Tree[] } {
    const at = number * this.#size
    if ((this.#file.readUInt16LE(at + 18) & flag.meta) === 0) throw corrupt(`page ${number} is no meta page`)
    const meta = at + headerSize
    if (this.#file.readUInt32LE(meta) !== magic) throw corrupt(`meta page ${number} has lost its mark`)
    if (this.#file.readUInt32LE(meta + 24) !== this.#size) throw corrupt(`meta page ${number} says another page size`)
    const tree = (offset: number): Tree => ({
      depth: this.#file.readUInt16LE(offset + 6),
      root: this.#file.readBigUInt64LE(offset + 40),
    })
    return { transaction: this.#file.readBigUInt64LE(meta + 128), trees: [tree(meta + 24), tree(meta + 72)] }
  }

  walk(number: number, depth: number): void {
    if (depth < 1 || depth > maxDepth) throw corrupt(`a tree has depth ${depth}`)
    const at = this.#take(number, 1)
    const flags = this.#file.readUInt16LE(at + 18)
    // Bounds and pointers count from behind the header (PAGEBASE).
    const lower = headerSize + this.#file.readUInt16LE(at + 20)
    const upper = headerSize + this.#file.readUInt16LE(at + 22)
    if ((flags & 0xff & ~0x10) !== (depth > 1 ? flag.branch : flag.leaf))
      throw corrupt(`page ${number} has another kind`)
    if (lower > upper || upper > this.#size || (lower & 1) !== 0) throw corrupt(`page ${number} has impossible bounds`)
    for (let pointer = headerSize; pointer < lower; pointer += 2) {
      const node = headerSize + this.#file.readUInt16LE(at + pointer)
      if (node < upper || node + 8 > this.#size) throw corrupt(`page ${number} points outside itself`)
      if (depth > 1) this.#branch(at, node, depth)
      else this.#leaf(at, node, number)
    }
  }

  #branch(page: number, node: number, depth: number): void {
    const at = page + node
    const keySize = this.#file.readUInt16LE(at + 6)
    if (node + 8 + keySize > this.#size) throw corrupt(`a key of page ${page / this.#size} reaches beyond it`)
    const child =
      this.#file.readUInt16LE(at) +
      this.#file.readUInt16LE(at + 2) * 0x1_0000 +
      this.#file.readUInt16LE(at + 4) * 2 ** 32
    this.walk(child, depth - 1)
  }

  #leaf(page: number, node: number, number: number): void {
    const at = page + node
    const dataSize = this.#file.readUInt16LE(at) + this.#file.readUInt16LE(at + 2) * 0x1_0000
    const flags = this.#file.readUInt16LE(at + 4)
    const data = node + 8 + this.#file.readUInt16LE(at + 6)
    if ((flags & ~bigData) !== 0) throw corrupt(`page ${number} holds what this store does not`)
    const overflows = (flags & bigData) !== 0
    if (data + (overflows ? 8 : dataSize) > this.#size) throw corrupt(`an entry of page ${number} reaches beyond it`)
    if (!overflows) return
    const first = Number(this.#file.readBigUInt64LE(page + data))
    const count = Math.ceil((headerSize + dataSize) / this.#size)
    const start = this.#take(first, count)
    if ((this.#file.readUInt16LE(start + 18) & flag.overflow) === 0 || this.#file.readUInt32LE(start + 20) < count)
      throw corrupt(`page ${first} does not continue an entry`)
  }

  /** Where page `number` begins, which must be in the file, say its own number and be reached once. */
  #take(number: number, count: number): number {
    if (number < 2 || (number + count) * this.#size > this.#file.length)
      throw corrupt(`page ${number} is missing; the file was cut off`)
    const at = number * this.#size
    if (this.#file.readBigUInt64LE(at) !== BigInt(number)) throw corrupt(`page ${number} says that it is another`)
    for (let page = number; page < number + count; page++) {
      if (this.#seen.has(page)) throw corrupt(`page ${page} is used twice`)
      this.#seen.add(page)
    }
    return at
  }
}
