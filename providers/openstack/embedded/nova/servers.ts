import { isText, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { act } from './actions/index.ts'
import { bodyOf, type Call, checkLock, type Handler, ok, serverOf } from './call.ts'
import { createServers } from './create.ts'
import { updateSchema } from './create-schema.ts'
import { deleteServer } from './delete.ts'
import { novaError } from './errors.ts'
import { listServers } from './list.ts'
import { validate } from './schema.ts'
import { addressesOf, links, serverView, updatedView } from './view.ts'

/** /servers, /servers/{id} and its addresses. */
export function serverRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers', (call) => list(call, false))
    .add('GET', '/servers/detail', (call) => list(call, true))
    .add('POST', '/servers', create)
    .add('GET', '/servers/:id', (call) => ok({ server: serverView(call.state, serverOf(call), call, true) }))
    .add('PUT', '/servers/:id', update)
    .add('DELETE', '/servers/:id', (call) => {
      const server = serverOf(call)
      checkLock(call, server)
      deleteServer(call, server, false)
      return { status: 204 }
    })
    .add('POST', '/servers/:id/action', act)
    .add('GET', '/servers/:id/ips', (call) =>
      ok({ addresses: addressesOf(call.state, serverOf(call), false) }),
    )
    .add('GET', '/servers/:id/ips/:label', (call) => {
      const label = call.parameters.label ?? ''
      const addresses = addressesOf(call.state, serverOf(call), false)[label]
      if (!addresses) throw novaError(404, 'Instance is not a member of specified network')
      return ok({ [label]: addresses })
    })
}

function list(call: Call, detail: boolean): Reply {
  const url = `${call.base}/servers${detail ? '/detail' : ''}`
  return ok(listServers(call.state, call, call.incoming.query, detail, url))
}

function create(call: Call): Reply {
  const created = createServers(call, bodyOf(call))
  for (const server of created.servers) call.state.instanceActions.begin(call, server, 'create')
  if (created.reservationOnly) return ok({ reservation_id: created.reservationId }, 202)
  const [server] = created.servers
  if (!server) throw novaError(500, 'No server was created')
  return {
    status: 202,
    headers: { location: `${call.base}/servers/${server.id}` },
    body: {
      server: {
        id: server.id,
        links: links(call.base, 'servers', server.id),
        'OS-DCF:diskConfig': server.diskConfig,
        security_groups: created.groups.map((name) => ({ name })),
        adminPass: created.adminPass,
      },
    },
  }
}

function update(call: Call): Reply {
  const body = bodyOf(call)
  validate(updateSchema(call.minor), body)
  const server = serverOf(call)
  const given = objectAt(body, 'server') ?? {}
  if (isText(given.name)) server.name = given.name
  if (isText(given.accessIPv4)) server.accessIPv4 = given.accessIPv4
  if (isText(given.accessIPv6)) server.accessIPv6 = given.accessIPv6
  if (isText(given.description) || given.description === null) server.description = given.description
  if (isText(given.hostname)) server.hostname = given.hostname
  server.updated = Date.now()
  return ok({ server: updatedView(call.state, server, call) })
}
