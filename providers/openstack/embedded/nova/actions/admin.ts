import { isObject } from '../../json.ts'
import { deleteServer } from '../delete.ts'
import { checkQuota, leaveOtherEnd } from '../placement.ts'
import { ACCEPTED, type Actions, enter, instantly, perform } from './action.ts'

/** What brings a server back from, or to, states that it does not come to by itself. */
export const adminActions: Actions = {
  'os-resetState': {
    schema: {
      type: 'object',
      properties: { state: { type: 'string', enum: ['active', 'error'] } },
      required: ['state'],
    },
    rule: 'os-admin-actions:reset_state',
    lock: 'ignored',
    run(call, server, value) {
      instantly(call, server, 'resetState', () => {
        server.vmState = isObject(value) && value.state === 'active' ? 'active' : 'error'
        server.taskState = null
        leaveOtherEnd(call.state, server)
      })
      return ACCEPTED
    },
  },
  forceDelete: {
    run(call, server) {
      deleteServer(call, server, true)
      return ACCEPTED
    },
  },
  restore: {
    lock: 'bad state',
    from: ['soft-delete'],
    run(call, server) {
      const { vcpus: cores, ram } = server.flavor
      checkQuota(call.state, server.projectId, { instances: 1, cores, ram })
      perform(call, server, 'restore', ['restoring'], () => enter(server, 'active'))
      return ACCEPTED
    },
  },
  injectNetworkInfo: {
    rule: 'os-admin-actions:inject_network_info',
    run: () => ACCEPTED,
  },
}
