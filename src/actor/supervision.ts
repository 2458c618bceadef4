import { areConcurrent } from './spec.js'
import type { Decision, SupervisionInput, SupervisionState } from './supervision-state.js'
import { SupervisionStep } from './supervision-step.js'

/**
 * What follows from `input` at `now`. Pure: `random`, in [0, 1), jitters the back-off. The input changes what children
 * are headed for; then whatever may stop, be forgotten or start now does.
 */
export function supervise(
  state: SupervisionState,
  input: SupervisionInput,
  now: number,
  random: number,
): { readonly state: SupervisionState; readonly decisions: readonly Decision[] } {
  const step = new SupervisionStep(state, now, random)
  step.take(input)
  step.stopWhatMay()
  step.forgetWhatIsGone()
  step.startWhatMay()
  return { state: step.state(), decisions: step.decisions }
}

/**
 * When the next back-off ends: the time for `due`. `now` is that of the last step. It may lie in the past: a step that
 * was about one of several concurrent children left the others alone, also those whose back-off had just ended. Where
 * children depend on each other every step looks at all, so one whose back-off is over waits for a sibling, not for time.
 */
export function nextDue(state: SupervisionState, now: number): number | undefined {
  const concurrent = areConcurrent(state.policy)
  let next: number | undefined
  for (const child of state.children)
    if (child.phase === 'down' && child.goal === 'up' && (concurrent || child.notBefore > now))
      if (next === undefined || child.notBefore < next) next = child.notBefore
  return next
}
