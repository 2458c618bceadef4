// Reads this process's standard input through the built plugin in a worker thread, and prints what comes.
import { Worker, isMainThread, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: process.argv[2] })
  worker.on('exit', code => (process.exitCode = code))
} else {
  const { default: plugins } = await import('../dist/index.js')
  const source = plugins.find(plugin => plugin.kind === 'source')
  const abort = new AbortController()
  const config = { topic: 't', 'batch.size': 10, 'line.max.bytes': 1_000 }
  for await (const batch of source.read({ config, signal: abort.signal })) {
    for (const { value } of batch) console.log(JSON.stringify(value))
    if (workerData === 'stop') setTimeout(() => abort.abort(), 20)
  }
  console.log('"end"')
}
