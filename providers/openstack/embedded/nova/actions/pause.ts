import { type Actions, transition } from './action.ts'

/** Pausing keeps the server in memory, suspending on disk. */
export const pauseActions: Actions = {
  pause: transition({ from: ['active'], task: 'pausing', to: 'paused', record: 'pause' }),
  unpause: transition({ from: ['paused'], task: 'unpausing', to: 'active', record: 'unpause' }),
  suspend: transition({ from: ['active'], task: 'suspending', to: 'suspended', record: 'suspend' }),
  resume: transition({ from: ['suspended'], task: 'resuming', to: 'active', record: 'resume' }),
}
