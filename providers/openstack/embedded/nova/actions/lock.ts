import { isObject, isText } from '../../json.ts'
import { notAllowed } from '../errors.ts'
import { ACCEPTED, type Actions, instantly } from './action.ts'

export const lockActions: Actions = {
  lock: {
    schema: (minor) =>
      minor < 73
        ? undefined
        : {
            type: ['object', 'null'],
            properties: { locked_reason: { type: 'string', minLength: 1, maxLength: 255 } },
          },
    lock: 'ignored',
    run(call, server, value) {
      const isOwner = server.projectId === call.access.projectId
      // An owner's second lock changes nothing, not even the reason.
      if (server.locked && isOwner) return ACCEPTED
      instantly(call, server, 'lock', () => {
        server.locked = true
        server.lockedBy = isOwner ? 'owner' : 'admin'
        const reason = isObject(value) ? value.locked_reason : undefined
        if (call.minor >= 73 && isText(reason)) server.lockedReason = reason
      })
      return ACCEPTED
    },
  },
  unlock: {
    lock: 'ignored',
    run(call, server) {
      const by = server.projectId === call.access.projectId ? 'owner' : 'admin'
      if (server.lockedBy !== undefined && server.lockedBy !== by && !call.access.isAdmin) {
        throw notAllowed('os-lock-server:unlock:unlock_override')
      }
      instantly(call, server, 'unlock', () => {
        server.locked = false
        server.lockedBy = undefined
        server.lockedReason = null
      })
      return ACCEPTED
    },
  },
}
