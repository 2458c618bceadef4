import { hostThread } from '../src/actor/hosting/host-thread.js'

/** A task thread for `threads.ts`: its tasks answer every message, or only count. */
export default hostThread(() => ({
  async start(init, { channel, cells, signal }) {
    const { answer } = init as { readonly answer: boolean }
    channel.listen(message => {
      cells[0]!++
      return answer ? channel.send(message) : undefined
    })
    return { done: new Promise(resolve => signal.addEventListener('abort', () => resolve())) }
  },
  call: async () => undefined,
}))
