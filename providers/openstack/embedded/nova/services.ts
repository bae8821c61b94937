import { asBoolean, isObject, isText, type JsonObject, UUID } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { bodyOf, type Call, type Handler, ok, versionNotFound } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import type { Host } from './hosts.ts'
import { checkQuery } from './paging.ts'
import { FLAG, validate } from './schema.ts'

/** /os-services: the nova-compute of each host, which an operator takes out of use or declares dead. */
export function serviceRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-services', (call) => {
      if (!call.access.isAdmin) throw notAllowed('os-services:list')
      const { query } = call.incoming
      if (call.minor >= 75) checkQuery(query, call.minor, { host: 1, binary: 1 })
      const [host, binary] = [query.get('host') ?? '', query.get('binary') ?? '']
      const found = call.state.hosts
        .all()
        .filter(({ name }) => (host === '' || name === host) && (binary === '' || binary === BINARY))
      return ok({ services: found.map((each) => view(call, each)) })
    })
    .add('PUT', '/os-services/:service', update)
}

const BINARY = 'nova-compute'

function view({ state, minor }: Call, host: Host): JsonObject {
  return {
    binary: BINARY,
    host: host.name,
    id: minor >= 53 ? host.serviceId : state.hosts.all().indexOf(host) + 1,
    zone: host.zone,
    status: host.disabled ? 'disabled' : 'enabled',
    state: host.forcedDown ? 'down' : 'up',
    updated_at: micro(Date.now()),
    disabled_reason: host.disabledReason,
    ...(minor >= 11 && { forced_down: host.forcedDown }),
  }
}

/** By the id of the service, since 2.53. */
function update(call: Call): Reply {
  if (!call.access.isAdmin) throw notAllowed('os-services:update')
  if (call.minor < 53) throw versionNotFound()
  const body = bodyOf(call)
  validate(
    {
      type: 'object',
      properties: {
        status: { type: 'string', enum: ['enabled', 'disabled'] },
        disabled_reason: { type: 'string', minLength: 1, maxLength: 255 },
        forced_down: FLAG,
      },
    },
    body,
  )
  const id = call.parameters.service ?? ''
  if (!UUID.test(id)) throw novaError(400, `Invalid uuid ${id}`)
  const host = call.state.hosts.all().find(({ serviceId }) => serviceId === id)
  if (!host) throw novaError(404, `Service ${id} could not be found.`)
  const given = isObject(body) ? body : {}
  const { status, disabled_reason: reason, forced_down: down } = given
  if (status === undefined && down === undefined) {
    throw novaError(400, "No updates were requested. Fields 'status' or 'forced_down' should be specified.")
  }
  if (reason !== undefined && status !== 'disabled') {
    throw novaError(400, "Specifying 'disabled_reason' with status 'enabled' is invalid.")
  }
  if (status !== undefined) {
    host.disabled = status === 'disabled'
    host.disabledReason = isText(reason) ? reason : null
  }
  if (down !== undefined) host.forcedDown = asBoolean(down) === true
  return ok({ service: view(call, host) })
}
