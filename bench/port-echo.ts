import { parentPort } from 'node:worker_threads'

/** The far end of the barest question that two threads can have: what an ask is measured against. */
parentPort!.on('message', message => parentPort!.postMessage(message, []))
