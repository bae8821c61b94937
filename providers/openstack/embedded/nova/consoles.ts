import { randomUUID } from 'node:crypto'
import { objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, checkHost, type Handler, ok, serverOf, versionNotFound } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { validate } from './schema.ts'
import type { Server } from './server.ts'

/** The consoles this cloud has, by protocol, with where they are looked at. Others are known but not available. */
const CONSOLES: Readonly<Record<string, { readonly type: string; readonly url: (token: string) => string }>> =
  {
    vnc: {
      type: 'novnc',
      url: (token) => `http://127.0.0.1:6080/vnc_lite.html?path=%3Ftoken%3D${token}`,
    },
    spice: { type: 'spice-html5', url: (token) => `http://127.0.0.1:6082/spice_auto.html?token=${token}` },
    serial: { type: 'serial', url: (token) => `ws://127.0.0.1:6083/?token=${token}` },
  }

/** POST /servers/{id}/remote-consoles and GET /os-console-auth-tokens/{token}. */
export function consoleRoutes(router: Router<Handler>): void {
  router
    .add('POST', '/servers/:id/remote-consoles', create)
    .add('GET', '/os-console-auth-tokens/:token', ({ state, access, minor, parameters }) => {
      if (!access.isAdmin) throw notAllowed('os-console-auth-tokens')
      const console = state.consoles.get(parameters.token ?? '')
      if (!console) throw novaError(404, 'Token not found')
      if (minor < 31) throw novaError(401, 'The requested console type details are not accessible')
      const place = { host: '127.0.0.1', port: 5900, internal_access_path: null }
      return ok({ console: { instance_uuid: console.serverId, ...place } })
    })
}

function create(call: Call): Reply {
  if (call.minor < 6) throw versionNotFound()
  const body = bodyOf(call)
  const mks = call.minor >= 8
  const protocols = ['vnc', 'spice', 'rdp', 'serial', ...(mks ? ['mks'] : [])]
  const types = ['novnc', 'xvpvnc', 'rdp-html5', 'spice-html5', 'serial', ...(mks ? ['webmks'] : [])]
  const properties = {
    protocol: { type: 'string', enum: protocols },
    type: { type: 'string', enum: types },
  } as const
  const console = { type: 'object', properties, required: ['protocol', 'type'] } as const
  validate({ type: 'object', properties: { remote_console: console }, required: ['remote_console'] }, body)
  const server = serverOf(call)
  const given = objectAt(body, 'remote_console') ?? {}
  const [protocol, type] = [String(given.protocol), String(given.type)]
  checkHost(server)
  if (unreachable(server)) {
    throw novaError(
      400,
      `Instance ${server.id} in task_state ${server.taskState}. Cannot get_${protocol}_console while the instance is in this state.`,
    )
  }
  return ok({ remote_console: { protocol, type, url: openConsole(call, server, protocol, type) } })
}

/** While it is being moved or deleted, a server has no console. */
export function unreachable({ taskState }: Server): boolean {
  return taskState === 'deleting' || taskState === 'migrating'
}

/** The URL at which to look at the console. @throws Refusal 400 for one that there is not */
export function openConsole({ state }: Call, server: Server, protocol: string, type: string): string {
  const console = CONSOLES[protocol]
  if (!console) throw novaError(400, `Unavailable console type ${type}.`)
  if (console.type !== type) throw novaError(400, `Invalid console type ${type}`)
  const token = randomUUID()
  state.consoles.set(token, { serverId: server.id, type })
  return console.url(token)
}
