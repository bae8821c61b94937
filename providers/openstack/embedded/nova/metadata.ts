import { isList, isObject, isText, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import {
  bodyOf,
  type Call,
  checkLock,
  checkState,
  type Handler,
  ok,
  serverOf,
  versionNotFound,
} from './call.ts'
import { readMetadata } from './create.ts'
import { novaError } from './errors.ts'
import { METADATA, TAG, validate } from './schema.ts'
import type { Server } from './server.ts'

/** /servers/{id}/metadata and /servers/{id}/tags. */
export function metadataRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers/:id/metadata', (call) => ok({ metadata: serverOf(call).metadata }))
    .add('POST', '/servers/:id/metadata', (call) => write(call, true))
    .add('PUT', '/servers/:id/metadata', (call) => write(call, false))
    .add('GET', '/servers/:id/metadata/:key', (call) => {
      const { key, value } = item(call, serverOf(call))
      return ok({ meta: { [key]: value } })
    })
    .add('PUT', '/servers/:id/metadata/:key', putItem)
    .add('DELETE', '/servers/:id/metadata/:key', (call) => {
      const server = changeable(call, 'delete metadata')
      const { key } = item(call, server)
      const { [key]: _gone, ...rest } = server.metadata
      store(server, rest)
      return { status: 204 }
    })
    .add('GET', '/servers/:id/tags', (call) => ok({ tags: tagged(call).tags }))
    .add('PUT', '/servers/:id/tags', putTags)
    .add('DELETE', '/servers/:id/tags', (call) => {
      tagged(call).tags = []
      return { status: 204 }
    })
    .add('GET', '/servers/:id/tags/:tag', (call) => {
      const server = tagged(call)
      const tag = call.parameters.tag ?? ''
      if (server.tags.includes(tag)) return { status: 204 }
      throw novaError(404, `Server ${server.id} has no tag '${tag}'`)
    })
    .add('PUT', '/servers/:id/tags/:tag', putTag)
    .add('DELETE', '/servers/:id/tags/:tag', (call) => {
      const server = tagged(call)
      const tag = call.parameters.tag ?? ''
      if (!server.tags.includes(tag)) throw novaError(404, `Instance ${server.id} has no tag '${tag}'`)
      server.tags = server.tags.filter((each) => each !== tag)
      return { status: 204 }
    })
}

function write(call: Call, merge: boolean): Reply {
  const body = bodyOf(call)
  validate({ type: 'object', properties: { metadata: METADATA }, required: ['metadata'] }, body)
  const server = changeable(call, 'update metadata')
  const given = (objectAt(body, 'metadata') ?? {}) as Record<string, string>
  store(
    server,
    readMetadata(call.state, call.access, merge ? { ...server.metadata, ...given } : { ...given }),
  )
  return ok({ metadata: server.metadata })
}

function putItem(call: Call): Reply {
  const body = bodyOf(call)
  validate({ type: 'object', properties: { meta: METADATA }, required: ['meta'] }, body)
  const meta = objectAt(body, 'meta') ?? {}
  const key = call.parameters.key ?? ''
  const value = meta[key]
  if (Object.keys(meta).length !== 1 || !isText(value)) {
    throw novaError(400, 'Request body and URI mismatch')
  }
  const server = changeable(call, 'update metadata')
  store(server, readMetadata(call.state, call.access, { ...server.metadata, [key]: value }))
  return ok({ meta: { [key]: value } })
}

function item({ parameters }: Call, server: Server): { key: string; value: string } {
  const key = parameters.key ?? ''
  const value = server.metadata[key]
  if (value === undefined) throw novaError(404, 'Metadata item was not found')
  return { key, value }
}

function changeable(call: Call, action: string): Server {
  const server = serverOf(call)
  checkLock(call, server)
  checkState(server, action, ['active', 'paused', 'suspended', 'stopped'], 'any')
  return server
}

function store(server: Server, metadata: Record<string, string>): void {
  server.metadata = metadata
  server.updated = Date.now()
}

function tagged(call: Call): Server {
  if (call.minor < 26) throw versionNotFound()
  return serverOf(call)
}

function putTags(call: Call): Reply {
  const server = tagged(call)
  const body = bodyOf(call)
  validate(
    {
      type: 'object',
      properties: { tags: { type: 'array', items: TAG, maxItems: 50 } },
      required: ['tags'],
    },
    body,
  )
  const tags = isObject(body) && isList(body.tags) ? body.tags.filter(isText) : []
  server.tags = [...new Set(tags)]
  return ok({ tags: server.tags })
}

function putTag(call: Call): Reply {
  const server = tagged(call)
  const tag = call.parameters.tag ?? ''
  validate({ type: 'object', properties: { tag: TAG } }, { tag })
  if (server.tags.includes(tag)) return { status: 204 }
  if (server.tags.length >= 50) throw novaError(400, 'The number of tags exceeded the per-server limit 50')
  server.tags = [...server.tags, tag]
  return { status: 201, headers: { Location: `${call.base}/servers/${server.id}/tags/${tag}` } }
}
