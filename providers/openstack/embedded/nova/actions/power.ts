import { isObject } from '../../json.ts'
import { checkState } from '../call.ts'
import { ACCEPTED, type Actions, enter, instantly, perform, transition } from './action.ts'

/** What a hard reboot may interrupt. */
const INTERRUPTIBLE = [
  null,
  'rebooting',
  'reboot_pending',
  'reboot_started',
  'resuming',
  'rebooting_hard',
  'unpausing',
  'pausing',
  'suspending',
]

export const powerActions: Actions = {
  'os-start': transition({
    name: 'start',
    onHost: true,
    from: ['stopped'],
    task: 'powering-on',
    to: 'active',
    record: 'start',
  }),
  'os-stop': transition({
    name: 'stop',
    onHost: true,
    from: ['active', 'error'],
    task: 'powering-off',
    to: 'stopped',
    record: 'stop',
  }),
  reboot: {
    schema: {
      type: 'object',
      properties: { type: { enum: ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'] } },
      required: ['type'],
    },
    run(call, server, value) {
      const hard = isObject(value) && String(value.type).toUpperCase() === 'HARD'
      if (hard) {
        checkState(server, 'reboot', ['active', 'stopped', 'paused', 'suspended', 'error'], INTERRUPTIBLE)
      } else checkState(server, 'reboot', ['active'])
      const tasks = hard
        ? ['rebooting_hard', 'reboot_started_hard']
        : ['rebooting', 'reboot_pending', 'reboot_started']
      perform(call, server, 'reboot', tasks, () => {
        enter(server, 'active')
        server.guest?.reboot()
      })
      return ACCEPTED
    },
  },
  trigger_crash_dump: {
    versions: [17, 93],
    onHost: true,
    from: ['active', 'paused', 'rescued', 'resized', 'error'],
    run(call, server) {
      instantly(call, server, 'trigger_crash_dump', () => undefined)
      return ACCEPTED
    },
  },
}
