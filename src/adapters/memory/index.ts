export { createMemoryLog } from './memory-client.js'
