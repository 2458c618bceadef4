// Writes 100,000 lines to this process's standard output through the built plugin in a worker thread.
import { Worker, isMainThread } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url))
  worker.on('exit', code => (process.exitCode = code))
} else {
  const { default: plugins } = await import('../dist/index.js')
  const sink = plugins.find(plugin => plugin.kind === 'sink')
  const task = await sink.open({ config: {}, signal: new AbortController().signal, taskCount: 1 })
  for (let number = 0; number < 100_000; number += 1_000)
    await task.put(Array.from({ length: 1_000 }, (_, index) => ({ value: `line ${number + index}` })))
  await task.flush()
  await task.close()
}
