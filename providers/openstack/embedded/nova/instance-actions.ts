import type { JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { type Call, type Handler, ok, serverEverOf, serverOf } from './call.ts'
import { novaError } from './errors.ts'
import type { InstanceAction, InstanceActionEvent } from './instance-action.ts'
import { checkQuery, page } from './paging.ts'
import type { Server } from './server.ts'
import { hostId } from './view.ts'

/** /servers/{id}/os-instance-actions. */
export function instanceActionRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers/:id/os-instance-actions', list)
    .add('GET', '/servers/:id/os-instance-actions/:request', (call) => {
      const server = subjectOf(call)
      const wanted = call.parameters.request
      const action = call.state.instanceActions.of(server.id).find(({ requestId }) => requestId === wanted)
      if (!action) throw novaError(404, `Action ${wanted} not found`)
      // Before 2.51 the steps are for administrators.
      const events = call.access.isAdmin || call.minor >= 51
      return ok({
        instanceAction: {
          ...view(call, server, action),
          ...(events && {
            events: action.events.toReversed().map((event) => eventView(call, server, event)),
          }),
        },
      })
    })
}

/** Deleted servers keep their actions, which 2.21 shows. */
function subjectOf(call: Call): Server {
  return call.minor >= 21 ? serverEverOf(call) : serverOf(call)
}

function list(call: Call): Reply {
  const { state, minor, incoming, base } = call
  if (minor >= 58)
    checkQuery(incoming.query, minor, { limit: 58, marker: 58, 'changes-since': 58, 'changes-before': 66 })
  const server = subjectOf(call)
  const actions = state.instanceActions.of(server.id).toReversed()
  if (minor < 58) return ok({ instanceActions: actions.map((action) => view(call, server, action)) })
  const { items, next } = page(incoming.query, actions, {
    cap: state.settings.pageLimit,
    url: `${base}/servers/${server.id}/os-instance-actions`,
    idOf: ({ requestId }) => requestId,
    updatedOf: ({ start, updated }) => updated ?? start,
  })
  return ok({
    instanceActions: items.map((action) => view(call, server, action)),
    ...(next && { links: next }),
  })
}

function view({ minor }: Call, server: Server, action: InstanceAction): JsonObject {
  return {
    action: action.name,
    instance_uuid: server.id,
    request_id: action.requestId,
    user_id: action.userId,
    project_id: action.projectId,
    start_time: micro(action.start),
    message: action.message,
    ...(minor >= 58 && { updated_at: action.updated === undefined ? null : micro(action.updated) }),
  }
}

function eventView({ access, minor }: Call, server: Server, event: InstanceActionEvent): JsonObject {
  return {
    event: event.name,
    start_time: micro(event.start),
    finish_time: event.finish === undefined ? null : micro(event.finish),
    result: event.result,
    ...(access.isAdmin && { traceback: null }),
    ...(minor >= 62 && { hostId: hostId(server.projectId, event.host) }),
    ...(minor >= 62 && access.isAdmin && { host: event.host }),
    ...(minor >= 84 && access.isAdmin && { details: event.details }),
  }
}
