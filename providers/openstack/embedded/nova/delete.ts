import type { Call } from './call.ts'
import { remove } from './lifecycle.ts'
import type { Server } from './server.ts'

/** Deletes the server, unless by `force` only softly when the cloud keeps deleted servers for a while. */
export function deleteServer(call: Call, server: Server, force: boolean): void {
  const { state } = call
  if (server.taskState === 'deleting') return
  if (server.host !== undefined) state.instanceActions.begin(call, server, 'delete')
  const soft = !force && state.settings.reclaimMillis > 0 && server.launched !== undefined
  if (soft) return softDelete(call, server)
  remove(state, server)
}

function softDelete({ state }: Call, server: Server): void {
  server.taskState = 'soft-deleting'
  server.updated = Date.now()
  state.timers.after(state.settings.deleteMillis, () => {
    if (server.taskState !== 'soft-deleting') return
    state.instanceActions.end(server, 'delete')
    server.taskState = null
    server.vmState = 'soft-delete'
    server.powerState = 4
    server.guest?.power(false)
    server.updated = Date.now()
    const since = server.updated
    state.timers.after(state.settings.reclaimMillis, () => {
      // A restored server, or one deleted again later, is not this one's to remove.
      if (server.vmState === 'soft-delete' && server.updated === since) remove(state, server)
    })
  })
}
