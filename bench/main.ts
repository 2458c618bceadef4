import { parseArgs } from 'node:util'
import { cpus, totalmem } from 'node:os'
import type { Figure } from './figure.js'
import { table } from './table.js'

/** `npm run bench -- [group …] [--json] [--peer kafka-connect] [--only TEXT]`: measures the groups named, or all, one after the other on an otherwise idle machine. */
const groups: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  actor: async () => (await import('./actor.js')).measure(),
  threads: async () => (await import('./threads.js')).measure(),
  recovery: async () => (await import('./recovery.js')).measure(),
  files: async () => (await import('./files.js')).measure(),
  connect: async () => (await import('./connect/index.js')).measure(values.only),
  databases: async () => (await import('./databases/index.js')).measure(values.only),
  cluster: async () => (await import('./cluster/index.js')).measure(peer),
  node: async () => (await import('./node.js')).measure(),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, peer: { type: 'string' }, only: { type: 'string' } },
})
const peer = peerNamed(values.peer)
const unknown = positionals.filter(name => !(name in groups))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(groups).join(', ')}.`)
  process.exit(2)
}

const conditions = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
}
const figures: Figure[] = []
for (const [name, measure] of Object.entries(groups)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (!values.json) process.stderr.write(`measuring ${name} …\n`)
  figures.push(...(await measure()))
}
console.log(values.json ? JSON.stringify({ conditions, figures }, null, 2) : table(conditions, figures))

function peerNamed(name: string | undefined): 'kafka-connect' | undefined {
  if (name === undefined || name === 'kafka-connect') return name
  console.error(`There is no peer ${name}; there is kafka-connect.`)
  process.exit(2)
}
