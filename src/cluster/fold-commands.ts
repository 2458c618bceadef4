import { commandKey, type CommandEvent, type ReplyEvent } from './events.js'
import type { ClusterState, Command } from './state.js'
import { protocol } from './timers.js'

/** Kept until it is answered or expires. What finds no room is refused (I6): its sender sees that the fold did not take it. */
export function command(state: ClusterState, event: CommandEvent): boolean {
  const key = commandKey(event.id)
  if (state.time > event.expires || state.commands.has(key) || state.answered.has(key)) return false
  const { id, op, body, expires } = event
  const kept: Command = { id, op, body, expires, at: state.offset }
  if (state.commands.size >= protocol.maxCommands) return false
  if (state.derived.commandBytes + sizeOf(kept) > protocol.maxCommandBytes) return false
  addCommand(state, kept)
  return true
}

export function addCommand(state: ClusterState, kept: Command): void {
  state.commands.set(commandKey(kept.id), kept)
  state.derived.commandBytes += sizeOf(kept)
  state.derived.expireAt = Math.min(state.derived.expireAt, kept.expires)
}

/** An answered id is remembered until the command would have expired: a late duplicate must not be executed again. */
export function reply(state: ClusterState, event: ReplyEvent): boolean {
  if (event.term !== state.term) return false
  const key = commandKey(event.id)
  const kept = state.commands.get(key)
  if (!kept) return false
  forget(state, key, kept)
  rememberAnswer(state, key, kept.expires)
  if (state.answered.size > protocol.maxCommands) state.answered.delete(state.answered.keys().next().value!)
  return true
}

export function rememberAnswer(state: ClusterState, key: string, expires: number): void {
  state.answered.set(key, expires)
  state.derived.expireAt = Math.min(state.derived.expireAt, expires)
}

export function expire(state: ClusterState): void {
  if (state.time <= state.derived.expireAt) return
  let next = Infinity
  for (const [key, kept] of state.commands)
    if (state.time > kept.expires) forget(state, key, kept)
    else next = Math.min(next, kept.expires)
  for (const [key, expires] of state.answered)
    if (state.time > expires) state.answered.delete(key)
    else next = Math.min(next, expires)
  state.derived.expireAt = next
}

function forget(state: ClusterState, key: string, kept: Command): void {
  state.commands.delete(key)
  state.derived.commandBytes -= sizeOf(kept)
}

function sizeOf(kept: Command): number {
  return kept.body.length + kept.op.length
}
